/**
 * Tokens that an admin ended before they expire: one by its id, or all that a subject was issued so far. A row is needed as long
 * as such a token might live, and no longer.
 */
import type { Sql } from '../postgres/database.ts';
import { type TokenProof, tokenDigest } from '../process/auth-tokens.ts';
import { LARGEST_TOLERANCE_S, LONGEST_LIFETIME_S } from './issuers.ts';

/** The most endings in force; all of them are in each process's memory. */
export const ENDED_TOKENS_MAX = 10_000;
/**
 * How long an ending stays in force: by then every token that it ends has expired, whatever an issuer's settings are now or
 * become. A tolerance for the issuer's clock at the token's birth, and one at its end.
 */
export const ENDING_MS = (LONGEST_LIFETIME_S + 2 * LARGEST_TOLERANCE_S) * 1000;

/** The endings in force. */
export interface EndedTokens {
  /** Digests of ids. */
  readonly ids: ReadonlySet<string>;
  /** By subject: every token issued until that instant is ended, ms. */
  readonly subjects: ReadonlyMap<string, number>;
}

/** Whether a subject's token was ended. */
export function isEnded({ ids, subjects }: EndedTokens, subject: string, proof: TokenProof): boolean {
  if (proof.token !== null && ids.has(proof.token)) return true;
  const until = subjects.get(subject);
  return until !== undefined && proof.issuedAtMs <= until;
}

/** Reads the endings in force. Without a LIMIT, for one left out would let a token in: whoever adds one keeps their number. */
export async function readEndedTokens(sql: Pick<Sql, 'query'>, nowMs: number): Promise<EndedTokens> {
  const rows = await sql.query<{ subject: string | null; tokenId: string | null; endedAt: Date }>(
    `SELECT subject, token_id AS "tokenId", ended_at AS "endedAt" FROM identity.ended_tokens
      WHERE expires_at > $1::timestamptz`,
    new Date(nowMs),
  );
  const ids = new Set<string>();
  const subjects = new Map<string, number>();
  for (const { subject, tokenId, endedAt } of rows) {
    if (tokenId !== null) ids.add(tokenDigest(tokenId));
    if (subject !== null) subjects.set(subject, Math.max(endedAt.getTime(), subjects.get(subject) ?? 0));
  }
  return { ids, subjects };
}
