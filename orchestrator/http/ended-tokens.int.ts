/** Ended tokens over HTTP and on the command line: who may end which, what is stored of it, and for how long. */
import { expect } from 'chai';
import { decodeJwt, SignJWT } from 'jose';
import { openCredentials } from '#platform/identity/credentials.ts';
import { ENDED_TOKENS_MAX, ENDING_MS } from '#platform/identity/ended-tokens.ts';
import { refusedWithin } from '#platform/identity/testing/refused-within.ts';
import { tokenProof } from '#platform/process/auth-tokens.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { runSaga } from '../cli/testing/terminal.ts';
import { endedTokenStore } from '../store/ended-token-store.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

const REASON = { reason: 'a test' };
/** The promise is within seconds: the list is read every two. */
const WITHIN_MS = 5_000;

describe('ended tokens', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const end = (body: object, headers: Record<string, string> = {}, subject = 'anna') =>
    api.request('/v1/ended-tokens', { as: 'admin', subject, body: { ...REASON, ...body }, headers });
  const ended = async (body: object) => {
    const answer = await end(body);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body as { endingId: string; endedAt: string; expiresAt: string };
  };
  const statusWith = async (token: string) => {
    const answer = await fetch(`${api.url}/v1/sagas?limit=1`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await answer.text();
    return answer.status;
  };
  const refused = (token: string) =>
    refusedWithin(
      WITHIN_MS,
      () => statusWith(token),
      (status) => status === 401,
      (status) => status === 200,
    );
  const entries = () =>
    api.db.query<{ id: string; actor: string; params: object; detail: string }>(
      `SELECT id::text, actor, params, detail FROM orchestrator.actions WHERE action = 'end-tokens' ORDER BY seq`,
    );

  it('of a subject are refused within seconds, by this process and every other, and later ones count', async () => {
    const [token, other] = [await api.token('operator', 'olga'), await api.token('operator', 'oleg')];
    const elsewhere = openCredentials(api.db, () => Date.now());
    const principal = {
      subject: 'olga',
      role: 'operator' as const,
      proof: tokenProof({ iat: Math.floor(Date.now() / 1000) }, 5),
    };
    expect((await elsewhere.stillCounts())(principal)).to.equal(true);
    expect(await statusWith(token)).to.equal(200);
    const { endedAt, expiresAt } = await ended({ subject: 'olga' });
    await Promise.all([
      refused(token),
      refusedWithin(
        WITHIN_MS,
        async () => (await elsewhere.stillCounts())(principal),
        (counts) => !counts,
      ),
    ]);
    expect(Date.parse(expiresAt) - Date.parse(endedAt)).to.equal(ENDING_MS);
    expect(await statusWith(other)).to.equal(200);
    const again = async () => statusWith(await api.token('operator', 'olga'));
    await waitUntil(again, (status) => status === 200, { what: 'that a token counts which is issued later' });
    expect(await statusWith(token)).to.equal(401);
  });

  it('by an id is that one alone', async () => {
    const claims = decodeJwt(await api.token('viewer', 'vera'));
    const sign = (jti: string) =>
      new SignJWT({ ...claims, jti }).setProtectedHeader({ alg: 'HS256' }).sign(api.secret);
    const [stolen, kept] = [await sign('stolen'), await sign('kept')];
    await ended({ tokenId: 'stolen' });
    await refused(stolen);
    expect(await statusWith(kept)).to.equal(200);
  });

  it('are for admins only, and refuse what is malformed', async () => {
    const known = (await entries()).length;
    for (const as of ['service', 'viewer', 'operator', 'customer'] as const) {
      const body = { subject: 'x', ...REASON };
      expect((await api.request('/v1/ended-tokens', { as, body })).status).to.equal(403);
      expect((await api.request('/v1/ended-tokens', { as })).status).to.equal(403);
    }
    for (const body of [
      {},
      { subject: '' },
      { subject: 'x'.repeat(201) },
      { subject: 'x', tokenId: 'y' },
      { tokenId: '' },
      { subject: 'x', reason: '' },
      { subject: 'x\u0000' },
      { subject: 'x', endedAt: '2026-01-01T00:00:00Z' },
    ])
      expect((await end(body)).status, JSON.stringify(body)).to.equal(400);
    const key = await end({ subject: 'api-key:shop' });
    expect([key.status, key.body.detail]).to.deep.equal([
      400,
      '/subject: is the holder of API keys: revoke its keys instead',
    ]);
    expect((await api.request('/v1/ended-tokens/17', { as: 'admin' })).status).to.equal(400);
    const path = `/v1/ended-tokens/${crypto.randomUUID()}`;
    expect((await api.request(path, { as: 'admin' })).status).to.equal(404);
    expect((await api.request('/v1/ended-tokens?cursor=nonsense', { as: 'admin' })).status).to.equal(400);
    expect((await entries()).length).to.equal(known);
  });

  it('under an Idempotency-Key are ended once, and the key serves for nothing else', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await end({ subject: 'ida' }, headers);
    const again = await end({ subject: 'ida' }, headers);
    expect(again.body).to.deep.equal(first.body);
    expect(again.headers.get('location')).to.equal(first.headers.get('location'));
    const mine = (await entries()).filter(({ id }) => id === first.body.endingId);
    expect(mine.map(({ params }) => params)).to.deep.equal([{ subject: 'ida' }]);
    for (const body of [{ subject: 'other' }, { tokenId: 'ida' }, { subject: 'ida', reason: 'another' }])
      expect((await end(body, headers)).status, JSON.stringify(body)).to.equal(422);
    expect((await end({ subject: 'ida' }, headers, 'another admin')).body.endingId).not.to.equal(
      first.body.endingId,
    );
  });

  it('are shown in a dry run, which ends none', async () => {
    const known = (await entries()).length;
    const { status, body } = await end({ subject: 'ada', dryRun: true }, {}, 'ada');
    expect(status).to.equal(200);
    const { planHash, ...plan } = body;
    expect(planHash).to.match(/^[0-9a-f]{64}$/);
    expect(plan).to.deep.equal({ dryRun: true, subject: 'ada', tokenId: null, includesCaller: true });
    const other = await end({ tokenId: 'a-jti', dryRun: true });
    const { planHash: another, ...otherPlan } = other.body;
    expect(another)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.to.equal(planHash);
    expect(otherPlan).to.deep.equal({
      dryRun: true,
      subject: null,
      tokenId: 'a-jti',
      includesCaller: false,
    });
    expect((await entries()).length).to.equal(known);
    const environment = { SAGA_URL: api.url, SAGA_TOKEN: await api.token('admin', 'ada') };
    const args = ['token', 'end', 'ada', '--reason', 'a test'];
    const dry = await runSaga(api, [...args, '--dry-run'], { environment });
    expect(dry.out).to.match(/^It ends every token of ada .* the token of this command among them$/);
    const no = await runSaga(api, args, { environment, answer: 'n' });
    expect(no).to.include({ code: 0, out: '' });
    const planned = await runSaga(api, args, { environment });
    expect(planned.code).to.equal(3);
    expect(planned.out).to.equal(dry.out);
    expect(planned.err).to.match(/saga -- token end ada --reason 'a test' --plan [\w-]+ --yes/);
    expect((await entries()).length).to.equal(known);
  });

  it('may be the admin’s own: the answer says so, and the next request is refused', async () => {
    expect((await end({ subject: 'somebody' })).body.includesCaller).to.equal(false);
    const { body } = await end({ subject: 'alma' }, {}, 'alma');
    expect(body.includesCaller).to.equal(true);
    await refused(await api.token('admin', 'alma'));
  });

  it('are listed page by page, newest first, and shown one by one', async () => {
    const made = [
      await ended({ subject: 'p1' }),
      await ended({ subject: 'p2' }),
      await ended({ tokenId: 'p3' }),
    ];
    const first = await api.request('/v1/ended-tokens?limit=2', { as: 'admin' });
    const second = await api.request(`/v1/ended-tokens?limit=1&cursor=${first.body.nextCursor}`, {
      as: 'admin',
    });
    const listed = [first, second].flatMap(({ body }) => body.items as Array<{ endingId: string }>);
    expect(listed.map(({ endingId }) => endingId)).to.deep.equal(
      made.map(({ endingId }) => endingId).reverse(),
    );
    const { body } = await api.request(`/v1/ended-tokens/${made[2]?.endingId}`, { as: 'admin' });
    expect(body).to.include({ subject: null, tokenId: 'p3', endedBy: 'anna' });
  });

  it('are deleted once they have expired, and are not shown from then on', async () => {
    const { endingId, expiresAt } = await ended({ subject: 'long-ago' });
    let nowMs = Date.parse(expiresAt) - 1;
    const later = endedTokenStore(api.db, () => nowMs);
    await later.deleteExpired();
    expect(await later.read(endingId)).not.to.equal(null);
    nowMs += 1;
    expect(await later.read(endingId)).to.equal(null);
    expect((await later.list(null, 100)).map(({ id }) => id)).not.to.include(endingId);
    await later.deleteExpired();
    expect(
      await api.db.query('SELECT 1 FROM identity.ended_tokens WHERE id = $1::uuid', endingId),
    ).to.deep.equal([]);
  });

  it('are bounded: a full list is a conflict, and expired ones make room', async () => {
    const fill = (expires: string) =>
      api.db.execute(
        `INSERT INTO identity.ended_tokens
         SELECT gen_random_uuid(), 'full-' || n, NULL, now(), 'test', ${expires}
           FROM generate_series(1, ${ENDED_TOKENS_MAX} - (SELECT count(*)::int FROM identity.ended_tokens)) n`,
      );
    await fill(`now() + interval '1 h'`);
    const known = (await entries()).length;
    expect((await end({ subject: 'one more' })).status).to.equal(409);
    expect((await entries()).length, 'what was not done is in no audit').to.equal(known);
    await api.db.execute(`UPDATE identity.ended_tokens SET expires_at = now() WHERE subject ~ '^full-'`);
    await ended({ subject: 'one more' });
    const [left] = await api.db.query<{ rows: number }>(
      `SELECT count(*)::int AS rows FROM identity.ended_tokens WHERE subject ~ '^full-'`,
    );
    expect(left?.rows).to.equal(0);
  });

  it('are in the audit, whose chain holds, and on the command line', async () => {
    const environment = { SAGA_URL: api.url, SAGA_TOKEN: await api.token('admin', 'berta') };
    const saga = (...args: string[]) => runSaga(api, args, { environment });
    const one = await saga('token', 'end', 'erna', '--reason', 'her telephone is lost', '--yes');
    expect(one).to.include({ code: 0, err: 'It ends every token of erna issued until now' });
    expect(one.out).to.match(/^every token of erna issued until .* is ended$/);
    const other = await saga('token', 'end', '--id', 'a-jti', '--reason', 'it was in a log', '--yes');
    expect(other).to.include({ code: 0, out: 'the token a-jti is ended' });
    const listed = await saga('token', 'list');
    expect(listed.out)
      .to.match(/erna +all until then .* berta /)
      .and.match(/ a-jti .* berta /);
    expect((await saga('audit', 'list', '--actor', 'berta')).out).to.match(
      /berta +end-tokens .* applied +her telephone is lost/,
    );
    expect((await saga('audit', 'verify')).out).to.match(/^\d+ entries hold/);
    for (const args of [
      ['erna', '--yes'],
      ['--reason', 'r'],
      ['erna', '--id', 'x', '--reason', 'r'],
    ])
      expect((await saga('token', 'end', ...args)).code, args.join(' ')).to.equal(2);
    expect((await runSaga(api, ['token', 'list'])).code).to.equal(4);
    const own = await saga('token', 'end', 'berta', '--reason', 'a test', '--yes');
    expect(own.err.split('\n')).to.deep.equal([
      'It ends every token of berta issued until now, the token of this command among them',
      'The token of this command is among them: log in again.',
    ]);
  });
});
