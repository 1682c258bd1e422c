/**
 * Reads many rows slice by slice, each with a statement of its own, all of one moment. After an outage hundreds of thousands of sagas
 * wait: one statement over all of them would reach its time limit.
 */
import type { Database, Sql } from '#platform/postgres/database.ts';

/** The most rows of one slice, but for those that are equal to its last one. */
export const SLICE_ROWS = 20_000;
/** After so long the rest is left, ms: whoever waits for a count gives up soon after. */
const WITHIN_MS = 8_000;

/** What one slice came to. */
export interface Slice<Row, After> {
  readonly rows: readonly Row[];
  /** How many rows it read. */
  readonly seen: number;
  /** Where the next one begins. */
  readonly last: After;
}

/**
 * Reads until a slice is not full, or the time is over.
 * @param first where the first slice begins
 * @returns the rows of all slices; `isPartial`: there are more
 */
export function readSlices<Row, After>(
  db: Pick<Database, 'transaction'>,
  first: After,
  read: (sql: Sql, after: After) => Promise<Slice<Row, After>>,
  { sliceRows = SLICE_ROWS, withinMs = WITHIN_MS } = {},
): Promise<{ rows: Row[]; isPartial: boolean }> {
  return db.transaction(async (sql) => {
    // A row that moves behind the present slice meanwhile would count twice.
    await sql.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const until = performance.now() + withinMs;
    const rows: Row[] = [];
    for (let after = first; ; ) {
      const slice = await read(sql, after);
      rows.push(...slice.rows);
      if (slice.seen < sliceRows) return { rows, isPartial: false };
      if (performance.now() > until) return { rows, isPartial: true };
      after = slice.last;
    }
  });
}
