/** Weighs sagas for the plans of brakes: how many there are, and the money in them. */
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { HELD_BY } from './brake-release.ts';
import { readSlices, SLICE_ROWS } from './slices.ts';
import { type Spared, spare } from './spare.ts';

/** Some sagas, and the money in them by currency, in minor units. */
export interface Weighed {
  /** Counting all of them would have taken too long: there are more, with more money. */
  readonly isPartial: boolean;
  readonly sagas: number;
  readonly money: ReadonlyArray<{ readonly currency: string; readonly amount: number }>;
}

/** Which sagas. */
export interface Weighing {
  readonly rows: keyof typeof WEIGHED_ROWS;
  /** A command, or a brake's id. */
  readonly value: string;
}

/** Each in the order of an index of its own, from where the last slice ended: those ahead by their next checks, held ones by their ids. */
const WEIGHED_ROWS = {
  ahead: {
    first: '-infinity',
    text: `SELECT s.id, s.due_at::text AS place, s.status = 'running' AND s.pending -> 'issued' -> $1 IS NULL AS counts
      FROM (SELECT id, due_at, status, pending FROM orchestrator.sagas WHERE due_at > $2::text::timestamptz
             ORDER BY due_at FETCH FIRST ($3::int) ROWS WITH TIES) s`,
  },
  held: {
    first: '00000000-0000-0000-0000-000000000000',
    text: `SELECT s.id, s.id::text AS place, ${HELD_BY} AS counts
      FROM (SELECT id, paused, pending FROM orchestrator.sagas WHERE paused AND id > $2::text::uuid ORDER BY id LIMIT $3::int) s`,
  },
};

/** Weighs sagas; where that takes long, the answer is a result of a moment before. @param now the clock of its rests */
export function weighing(db: Database, now: () => number): (wanted: Weighing) => Promise<Spared<Weighed>> {
  return spare(
    ({ rows, value }) => weigh(db, rows, value),
    ({ rows, value }) => `${rows} ${value}`,
    now,
  );
}

interface WeighedPart {
  readonly currency: string | null;
  readonly sagas: number;
  readonly amount: number;
  readonly seen: number;
  readonly last: string | null;
}

async function weigh(db: Database, name: Weighing['rows'], value: string): Promise<Weighed> {
  const { first, text } = WEIGHED_ROWS[name];
  const { rows, isPartial } = await readSlices(db, first, async (sql, after: string) => {
    const parts = await sql.query<WeighedPart>(
      `WITH s AS MATERIALIZED (${text}),
       c AS (SELECT o.currency, count(*)::int AS sagas, COALESCE(sum(o.amount), 0)::float8 AS amount
               FROM s LEFT JOIN orchestrator.orders o ON ${probe('o.id', 's.id')} WHERE s.counts GROUP BY o.currency)
       SELECT e.seen, e.last, c.currency, COALESCE(c.sagas, 0) AS sagas, COALESCE(c.amount, 0) AS amount
         FROM (SELECT count(*)::int AS seen, max(place COLLATE "C") AS last FROM s) e LEFT JOIN c ON true`,
      value,
      after,
      SLICE_ROWS,
    );
    return { rows: parts, seen: parts[0]?.seen ?? 0, last: parts[0]?.last ?? after };
  });
  const known = Map.groupBy(
    rows.filter(({ currency }) => currency !== null),
    ({ currency }) => currency ?? '',
  );
  return {
    sagas: rows.reduce((sum, row) => sum + row.sagas, 0),
    money: [...known.keys()].sort().map((currency) => ({
      currency,
      amount: (known.get(currency) ?? []).reduce((sum, { amount }) => sum + amount, 0),
    })),
    isPartial,
  };
}
