/** Verifies the tokens of OpenID Connect issuers: signature, issuer, audience, times and type, then maps their claims. */
import { decodeJwt, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { RetryableError } from '#protocol/errors.ts';
import { CACHED_TOKENS, type Principal } from '../process/auth-tokens.ts';
import type { Logger } from '../process/log.ts';
import { principalOf } from './claims.ts';
import { type IssuerKeys, openIssuerKeys } from './issuer-keys.ts';
import type { Issuer } from './issuers.ts';
import { tokensRefused } from './metrics.ts';

/** Longer than a local stack's: providers list groups in tokens. Node reads 16 KB of headers. */
const MAX_TOKEN_LENGTH = 8_192;

export interface OidcTokens {
  /**
   * The holder of a token; null when it is forged, expired, foreign or malformed; undefined when it names no issuer of ours.
   * @throws RetryableError `identity-unavailable` while the issuer's keys cannot be read
   */
  verify(token: string): Promise<Principal | null | undefined>;
  /** Stops reading the issuers' keys. */
  close(): void;
}

interface KnownIssuer {
  readonly settings: Issuer;
  readonly keys: IssuerKeys;
}

interface Verified {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  readonly keys: IssuerKeys;
  readonly generation: number;
}

/** Opens the issuers; their keys are read in the background. */
export function openOidcTokens(
  issuers: readonly Issuer[],
  { now, log }: { now: () => number; log: Pick<Logger, 'throttled' | 'info'> },
): OidcTokens {
  const known = new Map<string, KnownIssuer>(
    issuers.map((settings) => [
      settings.issuer,
      { settings, keys: openIssuerKeys(settings.issuer, { now, log }) },
    ]),
  );
  const verified = new LRUCache<string, Verified>({ max: CACHED_TOKENS });
  const refuse = (settings: Issuer, reason: string): null => {
    tokensRefused.inc({ reason });
    log.throttled(`token/${settings.issuer}/${reason}`, 'token-refused', { url: settings.issuer, reason });
    return null;
  };
  return {
    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return null;
      const before = verified.get(token);
      if (before !== undefined && isStillValid(before, now())) return before.principal;
      verified.delete(token);
      const issuer = known.get(issuerIn(token) ?? '');
      if (issuer === undefined) return undefined;
      const { settings, keys } = issuer;
      // Before the signature is checked: keys read meanwhile may be others.
      const { generation } = keys;
      try {
        const read = await verifiedClaims(token, issuer, now());
        if (typeof read === 'string') return refuse(settings, read);
        verified.set(token, { ...read, keys, generation });
        return read.principal;
      } catch (error) {
        if (error instanceof RetryableError) throw error;
        return refuse(settings, reasonOf(error));
      }
    },
    close() {
      for (const { keys } of known.values()) keys.close();
    },
  };
}

function isStillValid({ expiresAtMs, keys, generation }: Verified, nowMs: number): boolean {
  return nowMs < expiresAtMs && generation === keys.generation && keys.isUsable();
}

/** What a token says of its issuer, before anything of it is verified. */
function issuerIn(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

/** The holder and the expiry of a token; a text names the reason to refuse it. @throws JOSEError when it is not valid */
async function verifiedClaims(
  token: string,
  { settings, keys }: KnownIssuer,
  nowMs: number,
): Promise<{ principal: Principal; expiresAtMs: number } | string> {
  const { payload } = await jwtVerify(token, keys.find, {
    algorithms: [...settings.algorithms],
    issuer: settings.issuer,
    audience: settings.audience,
    ...(settings.type !== undefined && { typ: settings.type }),
    requiredClaims: ['sub', 'exp', 'iat'],
    clockTolerance: settings.clockToleranceSeconds,
    currentDate: new Date(nowMs),
    // Refuses tokens of the future too.
    maxTokenAge: settings.maxLifetimeSeconds,
  });
  const { exp = 0, iat = 0 } = payload;
  if (exp - iat > settings.maxLifetimeSeconds) return 'lives-too-long';
  const principal = principalOf(settings, payload);
  return principal === null ? 'no-role-or-subject' : { principal, expiresAtMs: exp * 1000 };
}

/** jose's codes say which check failed, in a bounded number of words. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `claim-${claimOf(error.claim)}`;
  if (error instanceof errors.JOSEError)
    return error.code.replace(/^ERR_/, '').toLowerCase().replaceAll('_', '-');
  return 'not-readable';
}

const CLAIMS = ['aud', 'exp', 'iat', 'iss', 'nbf', 'sub', 'typ'];
const claimOf = (name: string) => (CLAIMS.includes(name) ? name : 'other');
