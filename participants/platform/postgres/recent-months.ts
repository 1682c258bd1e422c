/**
 * Names a month's partitions in a statement whose rows are all of that month, as nearly every batch's are. PostgreSQL plans a
 * statement on the table for every month there is, and locks and opens each of them at each execution; on a partition it
 * costs the same however many months there are. A batch of several months, or of an old one, goes to the tables.
 *
 * A range of ids beside the keys would let PostgreSQL leave out partitions too, but only after it has locked them all, and a
 * plan made while a month was empty reads that range from end to end (see DECISIONS.md).
 */

/** A month whose partitions are there and stay. */
export interface RecentMonth {
  /** Of its partitions' names: `_2026_11`. */
  readonly suffix: string;
  /** The smallest id in it, and the smallest after it. */
  readonly low: string;
  readonly high: string;
}

/** The tables that a process keeps partitioned by UUIDv7, and the months around now. `keepPartitions` sets it. */
export interface RecentMonths {
  tables: readonly string[];
  months: readonly RecentMonth[];
  /** The statements of these months, by their suffix and text. */
  statements: Map<string, string>;
}

/** None yet: every statement goes to the tables. */
export function noRecentMonths(): RecentMonths {
  return { tables: [], months: [], statements: new Map() };
}

/** What may know of recent months: the pool and its transactions. */
export interface KnowsMonths {
  readonly recent?: RecentMonths;
}

/**
 * The statement for rows of these ids.
 * @param text names tables with their schemas, and rows by an alias; every row of a partitioned table has one of the ids
 */
export function inMonth({ recent }: KnowsMonths, ids: Iterable<string>, text: string): string {
  if (recent === undefined || recent.months.length === 0) return text;
  const month = monthOf(ids, recent.months);
  if (month === null) return text;
  const key = `${month.suffix} ${text}`;
  let known = recent.statements.get(key);
  if (known === undefined) {
    known = text.replaceAll(/\b[a-z]+\.[a-z_]+\b/g, (name) =>
      recent.tables.includes(name) ? `${name}${month.suffix}` : name,
    );
    recent.statements.set(key, known);
  }
  return known;
}

/** The one month of all ids; null: they are of several, or of another one. */
function monthOf(ids: Iterable<string>, months: readonly RecentMonth[]): RecentMonth | null {
  let found: RecentMonth | null = null;
  for (const id of ids) {
    if (found === null) found = months.find(({ low, high }) => id >= low && id < high) ?? null;
    if (found === null || id < found.low || id >= found.high) return null;
  }
  return found;
}
