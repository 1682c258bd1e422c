/** Backends' API keys: `osk_<id>_<secret>`. The live ones are few, so a process has them all: a forged key costs the database nothing. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sql } from '../postgres/database.ts';
import type { Principal } from '../process/auth-tokens.ts';

/** Before every key: scanners of repositories and logs find a leaked one by it. */
export const KEY_PREFIX = 'osk_';
/** Before the holder in a principal's subject: no issuer's token has it. */
export const KEY_SUBJECT = 'api-key:';
const KEY = /^osk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const [ID_BYTES, SECRET_BYTES] = [8, 32];

/** The most live keys; all of them are in each process's memory. */
export const LIVE_KEYS_MAX = 1_000;

/** A new key, shown once, and what is stored of it. */
export interface NewKey {
  readonly key: string;
  readonly id: string;
  readonly hash: Buffer;
}

/** Makes a key: 256 random bits, so that one hash without a salt or a work factor hides it. */
export function newKey(): NewKey {
  const id = randomBytes(ID_BYTES).toString('hex');
  const key = `${KEY_PREFIX}${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { key, id, hash: hashOf(key) };
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

interface LiveKey {
  readonly hash: Buffer;
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

/** The live keys by their ids. */
export type LiveKeys = ReadonlyMap<string, LiveKey>;

/** The id of a key; null when the text has not the form of one. */
export function keyIdIn(text: string): string | null {
  return KEY.exec(text)?.[1] ?? null;
}

/** Whether there is a live key of an id. */
export function isLive(keys: LiveKeys, id: string, nowMs: number): boolean {
  const found = keys.get(id);
  return found !== undefined && nowMs < found.expiresAtMs;
}

/** The holder of a key by its id and its whole text; a text names the reason to refuse it. */
export function holderOf(keys: LiveKeys, id: string, text: string, nowMs: number): Principal | string {
  const found = keys.get(id);
  if (found === undefined) return 'unknown-key';
  if (!isLive(keys, id, nowMs)) return 'expired-key';
  return timingSafeEqual(found.hash, hashOf(text)) ? found.principal : 'wrong-secret';
}

/** Reads the live keys. */
export async function readLiveKeys(sql: Pick<Sql, 'query'>, nowMs: number): Promise<LiveKeys> {
  const rows = await sql.query<{
    id: string;
    holder: string;
    role: 'service';
    hash: Buffer;
    expiresAt: Date;
  }>(
    `SELECT id, holder, role, hash, expires_at AS "expiresAt" FROM identity.api_keys
      WHERE revoked_at IS NULL AND expires_at > $1::timestamptz LIMIT $2`,
    new Date(nowMs),
    LIVE_KEYS_MAX,
  );
  return new Map(
    rows.map(({ id, holder, role, hash, expiresAt }) => [
      id,
      {
        hash: Buffer.from(hash),
        principal: { subject: KEY_SUBJECT + holder, role, proof: { apiKey: id } },
        expiresAtMs: expiresAt.getTime(),
      },
    ]),
  );
}
