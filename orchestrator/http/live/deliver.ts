/** Delivers moves and counts to open streams: each listener gets what its filter selects, once, from its position on. */
import type { Definitions } from '#engine/step-batch.ts';
import type { Counted } from '#orchestrator/store/gauge-store.ts';
import type { LiveMove, Position } from '#orchestrator/store/live-store.ts';
import { type EventStream, eventText } from '#platform/http/event-stream.ts';
import { moveView } from './event.ts';
import { type LiveFilter, matchOf } from './filter.ts';
import { positionText, precedes } from './position.ts';

/** Rows of another cluster, restored from a dump, bear its transaction ids: they are no news when their number comes up. */
const OLDEST_MS = 86_400_000;

/** A stream of the moves of all sagas that a filter selects, of counts, or of both. */
export interface ListListener {
  readonly stream: EventStream;
  readonly filter: LiveFilter;
  readonly wantsMoves: boolean;
  readonly wantsCounts: boolean;
  /** Where it resumes; null: it begins now. Of a listener that has caught up it is the feed's own. */
  position: Position | null;
  hasCaughtUp: boolean;
  /** The counts it last received. */
  counted: string;
}

/** A stream of one saga's moves. */
export interface SagaListener {
  readonly stream: EventStream;
  readonly sagaId: string;
  /** The last version it received. */
  version: number;
  /** It has received all that was settled at the last tick. */
  hasCaughtUp: boolean;
}

/** Sends moves to listeners, and moves their positions on. */
export interface Deliverer {
  /** @param some the listeners of a saga */
  toSagas(moves: readonly LiveMove[], some: (sagaId: string) => readonly SagaListener[]): void;
  toLists(moves: readonly LiveMove[], some: readonly ListListener[]): void;
}

/** A deliverer of moves as the definitions show them. */
export function deliverer(definitions: Definitions, now: () => number): Deliverer {
  /** @param some their listeners, by saga */
  const toSagas = (moves: readonly LiveMove[], some: (sagaId: string) => readonly SagaListener[]) => {
    for (const [sagaId, own] of Map.groupBy(moves, (move) => move.sagaId)) {
      for (const listener of some(sagaId)) {
        const fresh = own.filter(({ version }) => version > listener.version);
        const last = fresh.at(-1);
        if (last === undefined) continue;
        listener.version = last.version;
        listener.stream.send(fresh.map(sagaEvent).join(''));
      }
    }
  };

  const sagaEvent = (move: LiveMove) =>
    eventText('move', JSON.stringify(moveView(move, definitions)), String(move.version));

  /** Sends a page to lists; those with the same filter and position share one text. */
  const toLists = (moves: readonly LiveMove[], some: readonly ListListener[]) => {
    const fresh = moves.filter(({ at }) => now() - at.getTime() < OLDEST_MS);
    const last = moves.at(-1);
    if (last === undefined) return;
    const texts = new Map<string, string>();
    for (const listener of some) {
      const from = listener.hasCaughtUp ? null : listener.position;
      const key = JSON.stringify([listener.filter, from]);
      const known = texts.get(key) ?? textFor(from === null ? fresh : moves, listener.filter, from);
      texts.set(key, known);
      // Of several that resume, the later ones are ahead of the first pages.
      if (listener.position === null || precedes(listener.position, positionOf(last)))
        listener.position = positionOf(last);
      if (known !== '') listener.stream.send(known);
    }
  };

  const textFor = (moves: readonly LiveMove[], filter: LiveFilter, from: Position | null): string => {
    const events = moves.map((move) => {
      const at = positionOf(move);
      const match = from !== null && !precedes(from, at) ? null : matchOf(filter, move, definitions);
      if (match === null) return '';
      const data = JSON.stringify({ ...moveView(move, definitions), matches: match === 'in' });
      return eventText('move', data, positionText(at));
    });
    return events.join('');
  };

  return { toLists, toSagas };
}

/** Where a move stands in the journal. */
export function positionOf({ xid, sagaId, version }: LiveMove): Position {
  return { xid: xid ?? '0', sagaId, version };
}

/** The counts as streams send them. */
export function countsView(counted: readonly Counted[]) {
  const sum = (name: 'active' | 'stuck' | 'stalled' | 'paused') =>
    counted.reduce((total, one) => total + one[name], 0);
  const states = [...counted].sort((a, b) => (a.state < b.state ? -1 : 1));
  return {
    active: sum('active'),
    stuck: sum('stuck'),
    stalled: sum('stalled'),
    paused: sum('paused'),
    states: states.map(({ oldestAt: _, ...rest }) => rest),
  };
}
