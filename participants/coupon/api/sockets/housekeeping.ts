/**
 * What is done for open sockets every now and then: silent ones are asked whether they are there, and what they wait for
 * is looked up. Timers are of the process, not of a socket: there may be 20,000.
 */

import type { Lookups } from '../lookups.ts';
import { websocketConnections, websocketsCut } from '../metrics.ts';
import type { Outcome } from '../outcome.ts';
import { cut, type Listener, type Waiting } from './listener.ts';
import type { Hub } from './subscribers.ts';

/** Each socket is asked once in so many seconds, a part of them each second: asking all at once would hold up the rest. */
const ASK_EVERY_S = 25;
/** A token that was good when a socket opened does not make it last for ever. */
const AGE_MAX_MS = 3_600_000;
/**
 * What is waited for is looked up this often, however quiet the topics are: a request that was lost is in no topic, and
 * a record that we cannot read tells nobody anything.
 */
const CHECK_EVERY_MS = 5_000;
/** Checked up in one go, then the event loop has its turn. */
const LOOKUPS_AT_ONCE = 500;

export interface Watch {
  opened(listener: Listener): void;
  closed(listener: Listener): void;
  /** Looks up some of what is waited for, and tells what is decided. Never rejects. */
  look(waiting: readonly Waiting[]): Promise<void>;
  /** Looks up everything that is waited for; one look at a time. */
  checkAll(): void;
  listeners(): Listener[];
  close(): void;
}

/** Begins to watch. */
export function watchSockets(hub: Hub, lookups: Lookups, now: () => number): Watch {
  const turns = Array.from({ length: ASK_EVERY_S }, () => new Set<Listener>());
  const turnOf = new Map<Listener, Set<Listener>>();
  let tick = 0;
  let looking = false;
  let checkAgain = false;

  const look = async (waiting: readonly Waiting[]) => {
    // One that cannot be looked up now, since the queue is full or the database away, is looked up with the next.
    const asked = waiting.map((one) => lookups.add(one.ref)?.catch(() => null) ?? null);
    const outcomes = await Promise.all(asked);
    const found = waiting.map((one, i) => ({ waiting: one, outcome: outcomes[i] }));
    hub.tellLookedUp(found.filter(isFound));
  };

  const checkAll = async () => {
    checkAgain = true;
    if (looking) return;
    looking = true;
    while (checkAgain) {
      checkAgain = false;
      const all = hub.waiting();
      for (let from = 0; from < all.length; from += LOOKUPS_AT_ONCE)
        await look(all.slice(from, from + LOOKUPS_AT_ONCE));
    }
    looking = false;
  };

  const ask = () => {
    tick = (tick + 1) % ASK_EVERY_S;
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

  const asking = setInterval(ask, 1_000);
  const checkingNow = setInterval(() => void checkAll(), CHECK_EVERY_MS);
  let opened = 0;
  return {
    opened(listener) {
      const turn = turns[opened++ % ASK_EVERY_S];
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
    look,
    checkAll: () => void checkAll(),
    listeners: () => [...turnOf.keys()],
    close() {
      clearInterval(asking);
      clearInterval(checkingNow);
    },
  };
}

function isFound(one: {
  waiting: Waiting;
  outcome: Outcome | 'too-late' | null | undefined;
}): one is { waiting: Waiting; outcome: Outcome } {
  return one.outcome != null && one.outcome !== 'too-late';
}
