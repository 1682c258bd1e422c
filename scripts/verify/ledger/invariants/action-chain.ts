/** The audit's chain: every person's action bears the hash of the one before it, so none can be taken out or changed. */
import { type AuditLink, auditHash, CHAIN_START } from '#orchestrator/store/audit-chain.ts';
import { EXAMPLES, type Invariant, type Violation } from '../invariant.ts';

const AT_ONCE = 10_000;

const READ = `
  SELECT id::text, seq::float8 AS seq, saga_id::text AS "sagaId", batch_id::text AS "batchId", action, revision, actor, role,
         reason, params, idempotency_key AS "idempotencyKey", created_at AS "createdAt",
         previous_hash AS "previousHash", hash
    FROM orchestrator.actions WHERE seq > $1::bigint ORDER BY seq LIMIT ${AT_ONCE}`;

// Not in SQL: the hash covers the text that JSON.stringify makes. People's actions are few.
export const actionChain: Invariant = {
  name: 'audit chain',
  rule: 'people’s actions are numbered 1, 2, …; each one’s hash covers its columns and the hash of the one before',
  async judge({ client }) {
    const found: Violation[] = [];
    let actions = 0;
    let before = { seq: 0, hash: CHAIN_START };
    for (;;) {
      const { rows } = await client.query<AuditLink>(READ, [before.seq]);
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

function wrongWith(link: AuditLink, before: { seq: number; hash: string }): string | null {
  if (link.seq !== before.seq + 1) return `action ${link.seq} comes after ${before.seq}`;
  if (link.previousHash !== before.hash) return `action ${link.seq} does not bear the hash of the one before`;
  return link.hash === auditHash(link.previousHash, link) ? null : `action ${link.seq} was changed`;
}
