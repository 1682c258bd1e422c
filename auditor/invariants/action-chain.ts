/**
 * The audit's chain: every person's action bears the hash of the one before it, so none can be taken out or changed. The hash
 * is computed by code of its own: the code that wrote it could only confirm itself.
 */
import { hash } from 'node:crypto';
import { EXAMPLES, type Violation, type WholeInvariant } from '../invariant.ts';

const AT_ONCE = 10_000;
const CHAIN_START = '0'.repeat(64);

/** A link as it is stored, and the text that its hash covers beside the hash before it. */
interface Link {
  readonly id: string;
  readonly seq: number;
  readonly covered: readonly unknown[];
  readonly createdAt: Date;
  /** The plan its author approved, which the hash covers last; null: they named none. */
  readonly planHash: string | null;
  readonly previousHash: string;
  readonly hash: string;
  readonly erasedBy: string | null;
  /** Of an entry that erases others: their numbers and hashes. */
  readonly erases: ReadonlyArray<readonly [number, string]> | null;
}

const READ = `
  SELECT id::text, seq::float8 AS seq, created_at AS "createdAt", previous_hash AS "previousHash", hash, plan_hash AS "planHash",
         erased_by::text AS "erasedBy", CASE WHEN action = 'erase-customer' THEN params -> 'entries' END AS erases,
         json_build_array(id, seq, saga_id, batch_id, action, revision, actor, role, reason, params, idempotency_key) AS covered
    FROM orchestrator.actions WHERE seq > $1::bigint ORDER BY seq LIMIT ${AT_ONCE}`;

// Not in SQL: the hash covers the text that JSON.stringify makes. People's actions are few.
export const actionChain: WholeInvariant = {
  name: 'audit chain',
  rule: 'people’s actions are numbered 1, 2, …; each one’s hash covers its columns and the hash of the one before',
  shows: [{ table: 'orchestrator.actions', key: 'id' }],
  async judge({ sql }) {
    const found: Violation[] = [];
    let actions = 0;
    let before = { seq: 0, hash: CHAIN_START };
    /** Erased entries that no later one has named yet. */
    const erased = new Map<number, Link>();
    for (;;) {
      const rows = await sql.query<Link>(READ, before.seq);
      for (const link of rows) {
        const what = wrongWith(link, before);
        if (what !== null) found.push({ id: link.id, what });
        if (link.erasedBy !== null) erased.set(link.seq, link);
        else
          for (const [seq, named] of link.erases ?? []) {
            const one = erased.get(seq);
            if (one?.hash === named && one.erasedBy === link.id) erased.delete(seq);
          }
        before = link;
      }
      actions += rows.length;
      if (rows.length < AT_ONCE) break;
    }
    for (const { id, seq } of erased.values())
      found.push({ id, what: `action ${seq} was changed, and no later one says that it was erased` });
    return { counted: { actions }, violations: found.length, examples: found.slice(0, EXAMPLES) };
  },
};

function wrongWith(link: Link, before: { seq: number; hash: string }): string | null {
  if (link.seq !== before.seq + 1) return `action ${link.seq} comes after ${before.seq}`;
  if (link.previousHash !== before.hash) return `action ${link.seq} does not bear the hash of the one before`;
  return link.erasedBy !== null || link.hash === hashOf(link) ? null : `action ${link.seq} was changed`;
}

function hashOf({ previousHash, covered, createdAt, planHash }: Link): string {
  const approved = planHash === null ? [] : [planHash];
  return hash('sha256', JSON.stringify([previousHash, ...covered, createdAt.toISOString(), ...approved]));
}
