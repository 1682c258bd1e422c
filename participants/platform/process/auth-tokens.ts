/**
 * Verifies a local stack's bearer tokens: HS256 JWTs signed with the stack's secret, with a subject and a role. Whoever holds
 * the secret can sign a token for anybody, so production uses the issuers of `../identity/` instead.
 */
import { hash, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';

/** Issuer and audience of every token. */
export const TOKEN_PARTY = 'order-saga-orchestrator';

export const ROLES = ['customer', 'service', 'viewer', 'operator', 'admin'] as const;
/** A customer may access its own orders; a service acts for any customer; viewer, operator and admin are people. */
export type Role = (typeof ROLES)[number];

/** A token of an issuer, or of a local stack. */
export interface TokenProof {
  /** The digest of its id (`jti`); null: it has none. */
  readonly token: string | null;
  /** The earliest time at which it may have been issued: by its own word, less the tolerance for its issuer's clock. */
  readonly issuedAtMs: number;
}

/** What proved who somebody is: a token, or an API key by its id. An admin may end it before it expires, and with it what it opened. */
export type Proof = TokenProof | { readonly apiKey: string };

/** The holder of a token or a key. A customer's subject is the customer's id. */
export interface Principal {
  readonly subject: string;
  readonly role: Role;
  readonly proof: Proof;
}

/** Verified tokens to cache: a backend sends the same one thousands of times. */
export const CACHED_TOKENS = 5_000;
const MAX_TOKEN_LENGTH = 4_096;
export const MAX_SUBJECT_LENGTH = 200;
const MIN_SECRET_LENGTH = 32;
const CLOCK_TOLERANCE_S = 5;
/** A token that lives longer is refused. */
const MAX_LIFETIME_S = 86_400;

export interface Tokens {
  /** The holder of a token; null when it is forged, expired or malformed. */
  verify(token: string): Promise<Principal | null>;
}

/**
 * The key in a secret's file: its text without the line's end.
 * @throws Error when the file cannot be read or is too short to be a key
 */
export function readTokenSecret(file: string): Uint8Array {
  const text = readFileSync(file, 'utf8').trim();
  if (text.length < MIN_SECRET_LENGTH)
    throw new Error(`the secret in ${file} is under ${MIN_SECRET_LENGTH} characters`);
  return new TextEncoder().encode(text);
}

/** What stands for a token's id, whose length is its issuer's choice: 128 bits in hexadecimal digits. */
export function tokenDigest(id: string): string {
  return hash('sha256', id).slice(0, 32);
}

/** The proof by a verified token with these claims. @param toleranceS how far its issuer's clock may be off */
export function tokenProof({ iat = 0, jti }: JWTPayload, toleranceS: number): TokenProof {
  // Nobody has checked its type.
  const id: unknown = jti;
  return { token: typeof id === 'string' ? tokenDigest(id) : null, issuedAtMs: (iat - toleranceS) * 1000 };
}

/** Verifies tokens under a key, and caches each until it expires. */
export function openTokens(secret: Uint8Array, now: () => number): Tokens {
  const verified = new LRUCache<string, { principal: Principal; expiresAt: number }>({ max: CACHED_TOKENS });
  // Imported once: given bytes, each verification would import the key anew, at half of its cost.
  const key = crypto.subtle.importKey('raw', Buffer.from(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);
  return {
    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return null;
      const known = verified.get(token);
      if (known !== undefined && now() < known.expiresAt) return known.principal;
      const read = await readToken(token, await key, now());
      if (read === null) verified.delete(token);
      else verified.set(token, read);
      return read?.principal ?? null;
    },
  };
}

async function readToken(
  token: string,
  key: webcrypto.CryptoKey,
  nowMs: number,
): Promise<{ principal: Principal; expiresAt: number } | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      issuer: TOKEN_PARTY,
      audience: TOKEN_PARTY,
      requiredClaims: ['sub', 'exp', 'iat'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(nowMs),
      // Refuses tokens of the future too.
      maxTokenAge: MAX_LIFETIME_S,
    });
    const role = ROLES.find((known) => known === payload.role);
    const { sub = '', exp = 0, iat = 0 } = payload;
    if (role === undefined || sub === '' || sub.length > MAX_SUBJECT_LENGTH) return null;
    if (exp - iat > MAX_LIFETIME_S) return null;
    const proof = tokenProof(payload, CLOCK_TOLERANCE_S);
    return { principal: { subject: sub, role, proof }, expiresAt: exp * 1000 };
  } catch {
    // A bad token has no holder, whatever is wrong with it.
    return null;
  }
}
