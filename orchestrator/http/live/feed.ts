/**
 * Feeds open streams from the journal: one read a tick for all of them, and none without a stream. What a stream has received is
 * its position in the journal; this process keeps nothing else, so a client resumes at any API.
 */
import { setImmediate } from 'node:timers/promises';
import type { Definitions } from '#engine/step-batch.ts';
import type { GaugeStore } from '#orchestrator/store/gauge-store.ts';
import { beforeAll, type LiveMove, type LiveStore, type Position } from '#orchestrator/store/live-store.ts';
import { eventText, heartbeatText } from '#platform/http/event-stream.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { countsView, deliverer, type ListListener, positionOf, type SagaListener } from './deliver.ts';
import { openText, resetText } from './event.ts';
import { liveResets } from './metrics.ts';
import { positionText, precedes } from './position.ts';

/** How often the journal is read while somebody listens. */
export const TICK_MS = 500;
/** The most moves of one statement, and the most statements of one read: beyond them lists are reset. */
export const PAGE_MOVES = 1_000;
export const PAGES = 10;
/** The most moves of one saga, and of all, in one statement for those who listen to a saga. */
const SAGA_MOVES = { each: 1_000, all: 5_000 };
/** Counting reads every active saga. */
const COUNT_EVERY_MS = 5_000;

export interface Feed {
  addList(listener: ListListener): void;
  addSaga(listener: SagaListener): void;
  remove(listener: ListListener | SagaListener): void;
  /** A sign of life to every stream, with the position of those that have caught up. */
  heartbeat(): void;
  close(): Promise<void>;
}

export interface FeedParts {
  readonly store: LiveStore;
  readonly counts: GaugeStore;
  readonly definitions: Definitions;
  readonly log: Pick<Logger, 'throttled'>;
  readonly now: () => number;
}

/** Opens a feed without streams: it reads nothing yet. */
export function openFeed({ store, counts, definitions, log, now }: FeedParts): Feed {
  const lists = new Set<ListListener>();
  const sagas = new Map<string, Set<SagaListener>>();
  const { toLists, toSagas } = deliverer(definitions, now);
  let position: Position | null = null;
  let countedAt = Number.NEGATIVE_INFINITY;
  let countsText = '';
  let timer: NodeJS.Timeout | null = null;
  let ticking: Promise<void> | null = null;
  let isClosed = false;

  /** Reads what is settled after a position, page by page. @returns the horizon, and whether all of it was read */
  const scan = async (
    from: Position,
    until: string | null,
    deliver: (moves: readonly LiveMove[]) => void,
  ): Promise<{ horizon: string; isComplete: boolean }> => {
    let at = from;
    let horizon = until;
    for (let page = 0; page < PAGES; page++) {
      const found = await store.after(at, horizon, PAGE_MOVES);
      horizon = found.horizon;
      deliver(found.moves);
      // The sockets have their turn: only what their clients do not read lies unsent then.
      await setImmediate();
      const last = found.moves.at(-1);
      if (last === undefined || found.moves.length < PAGE_MOVES) return { horizon, isComplete: true };
      at = positionOf(last);
    }
    return { horizon: horizon ?? from.xid, isComplete: false };
  };

  const reset = (some: readonly ListListener[], reason: string, at: Position) => {
    for (const listener of some) {
      liveResets.inc();
      listener.stream.send(resetText(reason, positionText(at)));
    }
  };

  /** Reads the new moves once, for all that have caught up. @returns the position up to which everything is settled */
  const readNew = async (): Promise<Position> => {
    if (position === null) return beforeAll(await store.horizon());
    const caughtUp = [...lists].filter((one) => one.hasCaughtUp);
    const listening = caughtUp.filter(({ wantsMoves }) => wantsMoves);
    const { horizon, isComplete } = await scan(position, null, (moves) => {
      toLists(moves, listening);
      toSagas(moves, (id) => [...(sagas.get(id) ?? [])].filter((one) => one.hasCaughtUp));
      const last = moves.at(-1);
      // Should a later page fail, the next tick reads from here.
      if (last !== undefined) position = positionOf(last);
    });
    const next = beforeAll(horizon);
    if (BigInt(horizon) < BigInt(position.xid)) {
      // The server is another one, whose transactions go less far: a standby took over, or a backup was restored.
      reset(listening, 'unknown-position', next);
    } else if (!isComplete) {
      reset(listening, 'too-many-moves', next);
      for (const listener of everySaga()) listener.hasCaughtUp = false;
    }
    for (const listener of caughtUp) listener.position = next;
    return next;
  };

  /** Sends the lists that resume what they missed, with one read for all of them. */
  const catchUpLists = async (waiting: readonly ListListener[], until: Position) => {
    const fresh = waiting.filter((one) => one.position === null);
    const resuming = waiting.filter((one) => one.position !== null);
    const lost = resuming.filter((one) => one.position !== null && precedes(until, one.position));
    const behind = resuming.filter((one) => !lost.includes(one));
    const [oldest] = behind.map((one) => one.position ?? until).sort((a, b) => (precedes(a, b) ? -1 : 1));
    if (oldest !== undefined) {
      const { isComplete } = await scan(oldest, until.xid, (moves) => toLists(moves, behind));
      if (!isComplete) reset(behind, 'too-far-behind', until);
    }
    reset(lost, 'unknown-position', until);
    for (const listener of fresh) listener.stream.send(openText({}, positionText(until)));
    for (const listener of waiting) {
      listener.position = until;
      listener.hasCaughtUp = true;
    }
  };

  const catchUpSagas = async () => {
    for (let page = 0; page < PAGES; page++) {
      const waiting = everySaga().filter((one) => !one.hasCaughtUp);
      if (waiting.length === 0) return;
      await catchUpSome(waiting);
      await setImmediate();
    }
  };

  /** Sends the next moves of the sagas that some listen to, with one statement. */
  const catchUpSome = async (waiting: readonly SagaListener[]) => {
    const lowest = new Map<string, number>();
    for (const { sagaId, version } of waiting)
      lowest.set(sagaId, Math.min(version, lowest.get(sagaId) ?? version));
    const wanted = [...lowest].map(([sagaId, version]) => ({ sagaId, version }));
    const moves = await store.ofSagas(wanted, SAGA_MOVES);
    const bySaga = Map.groupBy(waiting, ({ sagaId }) => sagaId);
    toSagas(moves, (id) => bySaga.get(id) ?? []);
    const isCut = moves.length === SAGA_MOVES.all;
    const found = Map.groupBy(moves, ({ sagaId }) => sagaId);
    for (const listener of waiting) {
      const own = found.get(listener.sagaId)?.length ?? 0;
      listener.hasCaughtUp = !isCut && own < SAGA_MOVES.each;
    }
  };

  const count = async () => {
    const wanting = [...lists].filter(({ wantsCounts }) => wantsCounts);
    if (wanting.length === 0) return;
    if (now() - countedAt >= COUNT_EVERY_MS) {
      countsText = eventText('counts', JSON.stringify(countsView(await counts.count())));
      countedAt = now();
    }
    for (const listener of wanting) {
      if (listener.counted === countsText) continue;
      listener.counted = countsText;
      listener.stream.send(countsText);
    }
  };

  const tick = async () => {
    try {
      // Before the read: a position that another API gave is then no later than this one's.
      const waiting = [...lists].filter((one) => !one.hasCaughtUp);
      position = await readNew();
      await catchUpLists(waiting, position);
      await catchUpSagas();
      await count();
    } catch (error) {
      // The streams stay, and the next tick reads from the same position.
      log.throttled('live', 'live-events-not-read', { error: messageOf(error) });
    }
  };

  const schedule = (delayMs: number) => {
    timer = setTimeout(() => {
      timer = null;
      ticking = tick().then(() => {
        ticking = null;
        if (lists.size + sagas.size === 0) position = null;
        else if (!isClosed) schedule(TICK_MS);
      });
    }, delayMs);
  };
  const wake = () => {
    if (timer === null && ticking === null && !isClosed) schedule(0);
  };
  const everySaga = () => [...sagas.values()].flatMap((set) => [...set]);

  return {
    addList(listener) {
      lists.add(listener);
      wake();
    },
    addSaga(listener) {
      const set = sagas.get(listener.sagaId) ?? new Set();
      set.add(listener);
      sagas.set(listener.sagaId, set);
      wake();
    },
    remove(listener) {
      if (!('sagaId' in listener)) {
        lists.delete(listener);
        return;
      }
      const set = sagas.get(listener.sagaId);
      set?.delete(listener);
      if (set?.size === 0) sagas.delete(listener.sagaId);
    },
    heartbeat() {
      for (const { stream, position: at, hasCaughtUp } of lists)
        stream.send(heartbeatText(hasCaughtUp && at !== null ? positionText(at) : undefined));
      for (const { stream } of everySaga()) stream.send(heartbeatText());
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await ticking;
    },
  };
}
