/**
 * Periodic work on the open sockets: pings them, cuts silent and old ones and those whose token or key was ended, and reads the
 * outcomes of the requests they wait for. The process has one timer for each task, not each socket: there may be 20,000.
 */
import type { Credentials } from '#platform/identity/credentials.ts';
import { websocketConnections, websocketsCut } from '../metrics.ts';
import type { Outcome } from '../outcome.ts';
import type { Lookups } from '../outcome-lookups.ts';
import { cut, type Listener, type Waiting } from './listener.ts';
import type { Subscribers } from './subscribers.ts';

/** Each socket gets a ping once in so many seconds, a share of them each second: all at once would block the event loop. */
const PING_EVERY_S = 25;
/** Bounds a socket's age: its token may have expired since it opened. */
const AGE_MAX_MS = 3_600_000;
/** How often the sockets are compared with the ended tokens and revoked keys. */
const ENDED_EVERY_MS = 1_000;
/**
 * How often the tables are read for waiting requests: no topic carries the result of a lost request, and an invalid
 * record delivers none.
 */
const CHECK_EVERY_MS = 5_000;
/** Lookups sent together, before the event loop has its turn. */
const LOOKUPS_AT_ONCE = 500;

export interface Housekeeping {
  opened(listener: Listener): void;
  closed(listener: Listener): void;
  /** Reads the outcomes of some waiting requests, and delivers the decided ones. Never rejects. */
  check(waiting: readonly Waiting[]): Promise<void>;
  /** Checks all waiting requests; a call during a run makes it run once more. */
  checkAll(): void;
  listeners(): Listener[];
  close(): void;
}

/** Starts its timers. */
export function startHousekeeping({
  subscribers,
  lookups,
  stillCounts,
  now,
}: {
  readonly subscribers: Subscribers;
  readonly lookups: Lookups;
  readonly stillCounts: Credentials['stillCounts'];
  readonly now: () => number;
}): Housekeeping {
  const turns = Array.from({ length: PING_EVERY_S }, () => new Set<Listener>());
  const turnOf = new Map<Listener, Set<Listener>>();
  let tick = 0;
  let isChecking = false;
  let checkAgain = false;

  const check = async (waiting: readonly Waiting[]) => {
    // A full queue or an absent database leaves a request to the next check.
    const pending = waiting.map((one) => lookups.add(one.ref)?.catch(() => null) ?? null);
    const outcomes = await Promise.all(pending);
    const found = waiting.map((one, i) => ({ waiting: one, outcome: outcomes[i] }));
    subscribers.deliverLookups(found.filter(isFound));
  };

  const checkAll = async () => {
    checkAgain = true;
    if (isChecking) return;
    isChecking = true;
    while (checkAgain) {
      checkAgain = false;
      const all = subscribers.waiting();
      for (let from = 0; from < all.length; from += LOOKUPS_AT_ONCE)
        await check(all.slice(from, from + LOOKUPS_AT_ONCE));
    }
    isChecking = false;
  };

  const pingShare = () => {
    tick = (tick + 1) % PING_EVERY_S;
    const oldest = now() - AGE_MAX_MS;
    for (const listener of turns[tick] ?? []) {
      if (!listener.isAlive) {
        websocketsCut.inc({ reason: 'silent' });
        listener.socket.terminate();
      } else if (listener.openedAtMs < oldest) {
        cut(listener, 'too-old');
      } else {
        listener.isAlive = false;
        listener.socket.ping();
      }
    }
  };

  const cutEnded = async () => {
    if (turnOf.size === 0) return;
    // What cannot be read ends no socket: results come from the brokers, and an hour bounds it.
    const counts = await stillCounts().catch(() => null);
    if (counts === null) return;
    for (const listener of turnOf.keys()) if (!counts(listener.principal)) cut(listener, 'ended');
  };

  const pinging = setInterval(pingShare, 1_000);
  const checking = setInterval(() => void checkAll(), CHECK_EVERY_MS);
  const comparing = setInterval(() => void cutEnded(), ENDED_EVERY_MS);
  let opened = 0;
  return {
    opened(listener) {
      const turn = turns[opened++ % PING_EVERY_S];
      if (turn === undefined) return;
      turn.add(listener);
      turnOf.set(listener, turn);
      websocketConnections.set(turnOf.size);
    },
    closed(listener) {
      turnOf.get(listener)?.delete(listener);
      turnOf.delete(listener);
      websocketConnections.set(turnOf.size);
    },
    check,
    checkAll: () => void checkAll(),
    listeners: () => [...turnOf.keys()],
    close() {
      clearInterval(pinging);
      clearInterval(checking);
      clearInterval(comparing);
    },
  };
}

function isFound(one: {
  waiting: Waiting;
  outcome: Outcome | 'too-late' | null | undefined;
}): one is { waiting: Waiting; outcome: Outcome } {
  return one.outcome != null && one.outcome !== 'too-late';
}
