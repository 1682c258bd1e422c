/**
 * Verifies backends' API keys: `osk_<id>_<secret>`. The live keys are few, so a process has them all, read again within
 * seconds: a request costs a hash and no statement, a forged key costs the database nothing, and a revoked key ends soon.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RetryableError } from '#protocol/errors.ts';
import type { Sql } from '../postgres/database.ts';
import type { Principal } from '../process/auth-tokens.ts';
import { tokensRefused } from './metrics.ts';

/** Before every key: scanners of repositories and logs find a leaked one by it. */
export const KEY_PREFIX = 'osk_';
/** Before the holder in a principal's subject: no issuer's token has it. */
export const KEY_SUBJECT = 'api-key:';
const KEY = /^osk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const [ID_BYTES, SECRET_BYTES] = [8, 32];

/** The most live keys; all of them are in each process's memory. */
export const LIVE_KEYS_MAX = 1_000;
/** Keys older than this are read again, while requests go on with them. */
const STALE_MS = 2_000;
/** Keys older than this are not used: a revocation counts within this time, or the request is answered 503. */
const USABLE_MS = 5_000;
/** Unknown keys, perhaps new ones, wait for the next read together: the keys are read at most so often. */
const COOLDOWN_MS = 100;

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

export interface ApiKeys {
  /**
   * The holder of a key; null when it is forged, expired or revoked.
   * @throws RetryableError `identity-unavailable` while the keys cannot be read
   */
  verify(text: string): Promise<Principal | null>;
}

/** Opens the keys; they are first read when one is presented. */
export function openApiKeys(sql: Pick<Sql, 'query'>, now: () => number): ApiKeys {
  let keys: ReadonlyMap<string, LiveKey> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  const read = async () => {
    // The keys are as old as the statement's start: what is revoked during it may be missing.
    const startedAt = now();
    keys = await readLive(sql, startedAt);
    readAt = startedAt;
  };
  const refresh = () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  /** Whether the keys were read since an instant; not by a clock that was set back meanwhile. */
  const isReadSince = (sinceMs: number) => readAt >= sinceMs && readAt <= now();
  const readSince = async (sinceMs: number) => {
    try {
      // A read that was under way may have begun before.
      while (!isReadSince(sinceMs)) await refresh();
    } catch (cause) {
      throw new RetryableError('identity-unavailable', 'API keys cannot be verified right now', { cause });
    }
  };
  return {
    async verify(text) {
      const [, id = ''] = KEY.exec(text) ?? [];
      if (id === '') return refused('malformed-key');
      const arrivedAt = now();
      await readSince(arrivedAt - USABLE_MS);
      // A failure shows at the next request that needs fresh keys.
      if (!isReadSince(arrivedAt - STALE_MS)) refresh().catch(() => {});
      if (!keys.has(id) && readAt < arrivedAt) {
        await delay(Math.min(COOLDOWN_MS, Math.max(0, readAt + COOLDOWN_MS - now())));
        await readSince(arrivedAt);
      }
      const found = keys.get(id);
      if (found === undefined) return refused('unknown-key');
      if (now() >= found.expiresAtMs) return refused('expired-key');
      return timingSafeEqual(found.hash, hashOf(text)) ? found.principal : refused('wrong-secret');
    },
  };
}

function refused(reason: string): null {
  tokensRefused.inc({ reason });
  return null;
}

async function readLive(sql: Pick<Sql, 'query'>, nowMs: number): Promise<ReadonlyMap<string, LiveKey>> {
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
        principal: { subject: KEY_SUBJECT + holder, role },
        expiresAtMs: expiresAt.getTime(),
      },
    ]),
  );
}
