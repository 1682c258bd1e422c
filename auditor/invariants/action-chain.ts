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
  readonly previousHash: string;
  readonly hash: string;
}

const READ = `
  SELECT id::text, seq::float8 AS seq, created_at AS "createdAt", previous_hash AS "previousHash", hash,
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
    for (;;) {
      const rows = await sql.query<Link>(READ, before.seq);
      for (const link of rows) {
        const what = wrongWith(link, before);
        if (what !== null) found.push({ id: link.id, what });
        before = link;
      }
      actions += rows.length;
      if (rows.length < AT_ONCE) break;
    }
    return { counted: { actions }, violations: found.length, examples: found.slice(0, EXAMPLES) };
  },
};

function wrongWith(link: Link, before: { seq: number; hash: string }): string | null {
  if (link.seq !== before.seq + 1) return `action ${link.seq} comes after ${before.seq}`;
  if (link.previousHash !== before.hash) return `action ${link.seq} does not bear the hash of the one before`;
  return link.hash === hashOf(link) ? null : `action ${link.seq} was changed`;
}

function hashOf({ previousHash, covered, createdAt }: Link): string {
  return hash('sha256', JSON.stringify([previousHash, ...covered, createdAt.toISOString()]));
}
