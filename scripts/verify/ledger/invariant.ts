/** An invariant, and how a single SQL statement is judged. */
import type { Client } from 'pg';

/** How many violations are shown by name; all are counted. */
export const EXAMPLES = 10;

/** Bounds after which something under way counts as missing, ms. */
export interface Limits {
  /** An order that no engine has taken up. */
  readonly unstartedMs: number;
  /** The e-mail of an order that has ended. */
  readonly mailMs: number;
  /** A clock may run this far behind the database's: later ends are not compared with the gateway's ledger. */
  readonly clockMs: number;
}

export const LIMITS: Limits = { unstartedMs: 60_000, mailMs: 30_000, clockMs: 1_000 };

/** The data of a judgement: one snapshot of the database, and the gateway's ledger from before it. */
export interface Snapshot {
  readonly client: Client;
  readonly limits: Limits;
  /** When the read of the gateway's ledger began, by the database's clock; null: no gateway simulator runs. */
  readonly gatewayReadAt: string | null;
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

/** A rule that holds at any moment, on any content of the database. */
export interface Invariant {
  readonly name: string;
  /** The rule, in one sentence. */
  readonly rule: string;
  judge(snapshot: Snapshot): Promise<Finding>;
}

/** An invariant in SQL. The cost is one statement, however many orders there are. */
export interface SqlRule {
  readonly name: string;
  readonly rule: string;
  /** A query whose rows `(id text, what text)` are the violations. */
  readonly broken: string;
  /** The counts, each an aggregate over `from`. */
  readonly counted: Readonly<Record<string, string>>;
  readonly from: string;
  readonly values?: (snapshot: Snapshot) => readonly unknown[];
  /** Why it cannot be judged on this snapshot, or null. */
  readonly skip?: (snapshot: Snapshot) => string | null;
}

/** Makes an invariant of a rule in SQL. */
export function inSql({ name, rule, broken, counted, from, values, skip }: SqlRule): Invariant {
  const counts = Object.entries(counted).map(([what, count]) => `'${what}', ${count}`);
  const text = `
    WITH broken AS MATERIALIZED (${broken})
    SELECT (SELECT count(*) FROM broken)::float8 AS violations,
           (SELECT json_agg(b) FROM (SELECT id, what FROM broken ORDER BY id LIMIT ${EXAMPLES}) b) AS examples,
           (SELECT json_build_object(${counts.join(', ')}) FROM ${from}) AS counted`;
  return {
    name,
    rule,
    async judge(snapshot) {
      const skipped = skip?.(snapshot) ?? null;
      if (skipped !== null) return { counted: {}, violations: 0, examples: [], skipped };
      const { rows } = await snapshot.client.query(text, [...(values?.(snapshot) ?? [])]);
      const { violations, examples, counted } = rows[0] as Finding & { examples: Violation[] | null };
      return { counted, violations, examples: examples ?? [] };
    },
  };
}
