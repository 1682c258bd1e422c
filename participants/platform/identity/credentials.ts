/** What the database says about credentials: which API keys live, and which tokens were ended early. One read brings both. */
import type { Sql } from '../postgres/database.ts';
import type { Principal } from '../process/auth-tokens.ts';
import { holderOf, isLive, keyIdIn, type LiveKeys, readLiveKeys } from './api-keys.ts';
import { type EndedTokens, isEnded, readEndedTokens } from './ended-tokens.ts';
import { openFreshRows } from './fresh-rows.ts';
import { tokensRefused } from './metrics.ts';

/** Whether what proved a principal still counts: its token was not ended, its key is live. */
export type StillCounts = (principal: Principal) => boolean;

export interface Credentials {
  /**
   * The holder of an API key; null when it is forged, expired or revoked.
   * @throws RetryableError `identity-unavailable` while the keys cannot be read
   */
  verifyKey(text: string): Promise<Principal | null>;
  /**
   * Decides by what was stored at most five seconds ago; a process that cannot read it, by what it last read, for a minute.
   * @throws RetryableError `identity-unavailable` after that
   */
  stillCounts(): Promise<StillCounts>;
}

/**
 * People's tokens bear their own proof, so they outlive a short outage of the database: a burst of requests for coupons must not
 * end with it. While it is away for everybody, nobody can end a token either.
 */
const OUTAGE_MS = 60_000;

interface Rows {
  readonly keys: LiveKeys;
  readonly ended: EndedTokens;
  readonly stillCounts: StillCounts;
}

/** Opens them; they are first read when somebody calls. */
export function openCredentials(sql: Pick<Sql, 'query'>, now: () => number): Credentials {
  const rows = openFreshRows<Rows>(async (nowMs) => {
    const keys = await readLiveKeys(sql, nowMs);
    const ended = await readEndedTokens(sql, nowMs);
    const stillCounts = ({ subject, proof }: Principal) =>
      'apiKey' in proof ? isLive(keys, proof.apiKey, now()) : !isEnded(ended, subject, proof);
    return { keys, ended, stillCounts };
  }, now);
  return {
    async verifyKey(text) {
      const id = keyIdIn(text);
      if (id === null) return refused('malformed-key');
      const arrivedAt = now();
      let { keys } = await rows.usable();
      // Perhaps it is a new one.
      if (!keys.has(id)) ({ keys } = await rows.since(arrivedAt));
      const holder = holderOf(keys, id, text, now());
      return typeof holder === 'string' ? refused(holder) : holder;
    },
    stillCounts: async () => (await rows.usable(OUTAGE_MS)).stillCounts,
  };
}

function refused(reason: string): null {
  tokensRefused.inc({ reason });
  return null;
}
