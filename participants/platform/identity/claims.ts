/** Maps a verified token's claims to a principal, by its issuer's settings. */
import type { JWTPayload } from 'jose';
import { MAX_SUBJECT_LENGTH, type Principal, type Role, tokenProof } from '../process/auth-tokens.ts';
import { KEY_SUBJECT } from './api-keys.ts';
import type { Issuer } from './issuers.ts';

/** The holder of verified claims, `iat` among them; null when they give no role, or no subject. */
export function principalOf(issuer: Issuer, claims: JWTPayload): Principal | null {
  const role = roleOf(issuer, claims);
  if (role === null) return null;
  const name = role === 'customer' ? claimIn(claims, issuer.customerClaim) : claims.sub;
  if (typeof name !== 'string' || name === '') return null;
  const subject = issuer.subjectPrefix + name;
  // Nobody but a key's holder is one.
  if (subject.length > MAX_SUBJECT_LENGTH || subject.startsWith(KEY_SUBJECT)) return null;
  return { subject, role, proof: tokenProof(claims, issuer.clockToleranceSeconds) };
}

function roleOf({ roleClaim, roles, defaultRole }: Issuer, claims: JWTPayload): Role | null {
  const value = claimIn(claims, roleClaim);
  const held: readonly unknown[] = Array.isArray(value) ? value : [value];
  return roles.find((one) => held.includes(one.value))?.role ?? defaultRole ?? null;
}

/** A claim's value; undefined where it, or an object on its path, is missing. */
function claimIn(claims: JWTPayload, claim: string | readonly string[]): unknown {
  let value: unknown = claims;
  for (const name of typeof claim === 'string' ? [claim] : claim) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
