/** An invariant: how a single SQL statement is judged, on the whole database or on a slice of the orders. */
import type { Sql } from '#platform/postgres/database.ts';
import { kept, keptFrom } from './slice/order-tables.ts';

/** How many violations are shown by name; all are counted. */
export const EXAMPLES = 10;

/** Bounds after which something under way counts as missing, ms. */
export interface Limits {
  /** An order that no engine has taken up. */
  readonly unstartedMs: number;
  /** The e-mail of an order that has ended. */
  readonly mailMs: number;
}

export const LIMITS: Limits = { unstartedMs: 60_000, mailMs: 30_000 };

/** Reads, and nothing else. */
export type Reader = Pick<Sql, 'query'>;

/** The data of a judgement: one snapshot of the database. */
export interface Snapshot {
  readonly sql: Reader;
  readonly limits: Limits;
}

/** One thing that must not be. */
export interface Violation {
  /** The id of an order, a command or a sku. */
  readonly id: string;
  /** The problem, for a person. */
  readonly what: string;
}

/** The result of judging an invariant. */
export interface Finding {
  /** The counted rows, so that an empty database does not pass for a correct one. */
  readonly counted: Readonly<Record<string, number>>;
  readonly violations: number;
  readonly examples: readonly Violation[];
  /** Why it was not judged. */
  readonly skipped?: string;
}

/** A table, and its column that holds a violation's id. */
export interface Shown {
  readonly table: string;
  readonly key: string;
}

/** A rule that holds at any moment, on any content of the database. */
export interface Invariant<S extends Snapshot = Snapshot> {
  readonly name: string;
  /** The rule, in one sentence. */
  readonly rule: string;
  judge(snapshot: S): Promise<Finding>;
}

/** An invariant that is not judged order by order. */
export interface WholeInvariant extends Invariant {
  /** Where a person finds the rows of a violation. */
  readonly shows: readonly Shown[];
}

/** An invariant in SQL. The cost is one statement, however many orders there are. */
export interface SqlRule<S extends Snapshot = Snapshot> {
  readonly name: string;
  readonly rule: string;
  /** A query whose rows `(id text, what text)` are the violations. */
  readonly broken: string;
  /** The counts, each an aggregate over `from`. */
  readonly counted: Readonly<Record<string, string>>;
  readonly from: string;
  readonly values?: (snapshot: S) => readonly unknown[];
  /** Why it cannot be judged on this snapshot, or null. */
  readonly skip?: (snapshot: S) => string | null;
}

/** An invariant that judges orders one by one, so that it holds on any range of their ids by itself. */
export interface OrderRule extends SqlRule {
  /** The expression, over the rows of `broken`, of the order's id; `id` where that is it. */
  readonly order?: string;
}

/** An invariant with the rule from which the statement of a slice is made. */
export interface OrderInvariant extends Invariant {
  readonly sliced: OrderRule;
}

/** Makes an invariant of a rule in SQL. */
export function inSql<S extends Snapshot = Snapshot>(rule: SqlRule<S>): Invariant<S> {
  const { broken, counted, from, values, skip } = rule;
  const counts = Object.entries(counted).map(([what, count]) => `'${what}', ${count}`);
  const text = `
    WITH broken AS MATERIALIZED (${broken})
    SELECT (SELECT count(*) FROM broken)::float8 AS violations,
           (SELECT json_agg(b) FROM (SELECT id, what FROM broken ORDER BY id LIMIT ${EXAMPLES}) b) AS examples,
           (SELECT json_build_object(${counts.join(', ')}) FROM ${from}) AS counted`;
  return {
    name: rule.name,
    rule: rule.rule,
    async judge(snapshot) {
      const skipped = skip?.(snapshot) ?? null;
      if (skipped !== null) return { counted: {}, violations: 0, examples: [], skipped };
      const rows = await snapshot.sql.query<Finding & { examples: Violation[] | null }>(
        text,
        ...(values?.(snapshot) ?? []),
      );
      const [found] = rows;
      if (found === undefined) throw new Error('no answer');
      return { counted: found.counted, violations: found.violations, examples: found.examples ?? [] };
    },
  };
}

/** Makes an invariant of a rule that judges orders one by one, those that retention keeps. */
export function byOrder(rule: OrderRule): OrderInvariant {
  const all = inSql(rule);
  const rest = inSql({ ...rule, broken: kept(rule.broken) });
  return {
    ...all,
    judge: async (snapshot) => ((await keptFrom(snapshot.sql)) === null ? all : rest).judge(snapshot),
    sliced: rule,
  };
}

/** Makes an invariant of a rule that judges whole tables. */
export function wholeTable(rule: SqlRule, shows: readonly Shown[]): WholeInvariant {
  return { ...inSql(rule), shows };
}
