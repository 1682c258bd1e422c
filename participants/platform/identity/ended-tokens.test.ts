/** Ended tokens: which ones an ending reaches, how soon, for how long, and what happens while the list cannot be read. */
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { RetryableError } from '#protocol/errors.ts';
import { openTokens, TOKEN_PARTY } from '../process/auth-tokens.ts';
import { principalOf } from './claims.ts';
import { type Credentials, openCredentials } from './credentials.ts';
import { ENDING_MS, isEnded } from './ended-tokens.ts';
import { composeIdentity } from './identity.ts';
import type { Issuer } from './issuers.ts';
import { credentialsWith, type EndedRow } from './testing/credentials.ts';

const SECRET = new TextEncoder().encode('a secret of more than thirty-two characters');
const NOW_S = Date.UTC(2026, 10, 22) / 1000;
/** The tolerance for the clock of a local stack. */
const TOLERANCE_S = 5;

const sign = (claims: Record<string, unknown> = {}) =>
  new SignJWT({
    ...{ role: 'operator', sub: 'olga', iss: TOKEN_PARTY, aud: TOKEN_PARTY },
    ...{ iat: NOW_S - 60, exp: NOW_S + 3_600, ...claims },
  })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(SECRET);

describe('an ended token', () => {
  let nowMs: number;
  let ended: EndedRow[];
  beforeEach(() => {
    nowMs = NOW_S * 1000;
    ended = [];
  });
  const now = () => nowMs;
  const identity = (credentials: Credentials = credentialsWith(now, ended)) =>
    composeIdentity({ issuers: null, local: openTokens(SECRET, now), credentials });
  const end = (what: Partial<EndedRow>) =>
    void ended.push({ subject: null, tokenId: null, endedAt: new Date(nowMs), ...what });
  const holderOf = async (token: string, by = identity()) => (await by.verify(token))?.subject ?? null;

  it('is refused though it was verified before, within five seconds', async () => {
    const [one, token] = [identity(), await sign()];
    expect(await holderOf(token, one)).to.equal('olga');
    end({ subject: 'olga' });
    nowMs += 5_001;
    expect(await holderOf(token, one)).to.equal(null);
  });

  it('of a subject is every one that was issued until then, none of anybody else', async () => {
    end({ subject: 'olga' });
    for (const iat of [NOW_S - 3_600, NOW_S - 1, NOW_S])
      expect(await holderOf(await sign({ iat })), String(iat)).to.equal(null);
    expect(await holderOf(await sign({ sub: 'Olga' }))).to.equal('Olga');
    expect(await holderOf(await sign({ sub: 'olga ' }))).to.equal('olga ');
  });

  it('is one too that an issuer whose clock is ahead issued just before', async () => {
    end({ subject: 'olga' });
    nowMs += 60_000;
    expect(await holderOf(await sign({ iat: NOW_S + TOLERANCE_S }))).to.equal(null);
    expect(await holderOf(await sign({ iat: NOW_S + TOLERANCE_S + 1 })), 'issued later').to.equal('olga');
  });

  it('of a subject that was ended twice is every one until the later time', async () => {
    end({ subject: 'olga', endedAt: new Date(nowMs - 1_000_000) });
    end({ subject: 'olga' });
    end({ subject: 'olga', endedAt: new Date(nowMs - 2_000_000) });
    expect(await holderOf(await sign())).to.equal(null);
  });

  it('by its id is that one alone', async () => {
    end({ tokenId: 'stolen' });
    expect(await holderOf(await sign({ jti: 'stolen' }))).to.equal(null);
    for (const jti of ['another', undefined, 7, ''])
      expect(await holderOf(await sign({ jti })), String(jti)).to.equal('olga');
    nowMs += 60_000;
    expect(await holderOf(await sign({ jti: 'stolen', iat: NOW_S + 59 })), 'whenever issued').to.equal(null);
  });

  it('is ended for whoever keeps something open with it', async () => {
    const one = identity();
    const principal = await one.verify(await sign());
    if (principal === null) throw new Error('refused');
    expect((await one.stillCounts())(principal)).to.equal(true);
    end({ subject: 'olga' });
    nowMs += 5_001;
    expect((await one.stillCounts())(principal)).to.equal(false);
  });

  it('cannot live longer than its ending, whatever its issuer’s settings are', () => {
    for (const clockToleranceSeconds of [0, 5, 120]) {
      const issuer = { defaultRole: 'customer', customerClaim: 'sub', roles: [], roleClaim: 'roles' };
      const settings = { ...issuer, subjectPrefix: '', clockToleranceSeconds } as unknown as Issuer;
      const endedAtS = NOW_S;
      const reached = (iat: number) => {
        const principal = principalOf(settings, { sub: 'ada', iat });
        if (principal === null || 'apiKey' in principal.proof) throw new Error('no token');
        const ending = { ids: new Set<string>(), subjects: new Map([['ada', endedAtS * 1000]]) };
        return isEnded(ending, 'ada', principal.proof);
      };
      const last = endedAtS + clockToleranceSeconds;
      expect([reached(last), reached(last + 1)]).to.deep.equal([true, false]);
      const livesUntilS = last + 604_800 + clockToleranceSeconds;
      expect(livesUntilS - endedAtS).to.be.at.most(ENDING_MS / 1000);
    }
  });

  it('is unknown, not refused, while the list cannot be read: good tokens count on for a minute', async () => {
    let fails = false;
    const query = async () => {
      if (fails) throw new RetryableError('database-unavailable', 'away');
      return [];
    };
    const [one, token] = [identity(openCredentials({ query }, now)), await sign()];
    expect(await holderOf(token, one)).to.equal('olga');
    fails = true;
    nowMs += 59_000;
    expect(await holderOf(token, one)).to.equal('olga');
    nowMs += 2_000;
    const error = await one.verify(token).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(RetryableError).and.include({ code: 'identity-unavailable' });
    expect(await holderOf('not.a.token', one), 'a bad one needs no list').to.equal(null);
    fails = false;
    expect(await holderOf(token, one)).to.equal('olga');
  });

  it('costs one read in two seconds, however many tokens are verified', async () => {
    let reads = 0;
    const query = async () => {
      reads += 1;
      return [];
    };
    const [one, token] = [identity(openCredentials({ query }, now)), await sign()];
    for (let second = 0; second < 20; second++) {
      await Promise.all(Array.from({ length: 50 }, () => one.verify(token)));
      nowMs += 1_000;
    }
    expect(reads, 'two statements each').to.be.at.most(2 * 11);
  });
});
