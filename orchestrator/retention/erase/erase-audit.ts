/**
 * Erases a person from the audit, and ends an erasure. The erased entries keep their numbers and hashes, so the chain stays whole;
 * a later entry, whose hash proves it, names them. Whoever verifies the chain accepts changed contents of those alone.
 */
import type { Database } from '#platform/postgres/database.ts';
import { appendApplied } from '../../store/append-audit.ts';
import { END_TOKENS } from '../../store/ended-token-store.ts';
import { journalsLeft } from '../../store/erased-journal.ts';
import { ERASED, type Person } from './erase-document.ts';

/** A waiting request. */
export interface WaitingErasure {
  readonly id: string;
  readonly customerId: string;
  readonly subject: string;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly actionId: string;
}

/** Entries on the person's orders and tokens, and the person's own. Another erasure may have erased some already. */
const ENTRIES = `
  SELECT id::text, seq::float8 AS seq, hash FROM orchestrator.actions
   WHERE (saga_id = ANY ($1::uuid[]) OR actor = $2 OR action = '${END_TOKENS}' AND params->>'subject' = $2)
     AND erased_by IS NULL ORDER BY seq`;

/**
 * Ends an erasure in one transaction, unless an order of the person has come meanwhile.
 * @param params what was erased, for the audit
 * @returns whether it has ended
 */
export function endErasure(
  db: Database,
  erasure: WaitingErasure,
  orderIds: readonly string[],
  params: Readonly<Record<string, unknown>>,
  now: () => number,
): Promise<boolean> {
  const { id, customerId, subject, actor, role, reason, actionId } = erasure;
  return db.transaction(async (sql) => {
    const more = await sql.query(
      'SELECT 1 FROM orchestrator.orders WHERE customer_id = $1 LIMIT 1',
      customerId,
    );
    if (more.length > 0) return false;
    const entries = await sql.query<{ id: string; seq: number; hash: string }>(ENTRIES, orderIds, customerId);
    const journals = await journalsLeft(sql, orderIds, actionId);
    const detail = `${orderIds.length} orders and ${entries.length} entries of the audit`;
    const row = await appendApplied(
      sql,
      {
        id: actionId,
        sagaId: null,
        batchId: null,
        action: 'erase-customer',
        revision: null,
        actor: actor === customerId ? subject : actor,
        role,
        reason,
        params: {
          ...{ erasureId: id, subject, ...params, journals },
          entries: entries.map((one) => [one.seq, one.hash]),
        },
        idempotencyKey: null,
      },
      detail,
      now,
    );
    await sql.execute(
      `UPDATE orchestrator.actions SET actor = CASE WHEN actor = $2 THEN $3 ELSE actor END, reason = '${ERASED}',
              params = '{}', idempotency_key = NULL, erased_by = $4::uuid WHERE id = ANY ($1::uuid[])`,
      entries.map((one) => one.id),
      customerId,
      subject,
      actionId,
    );
    await sql.execute(
      `UPDATE orchestrator.erasures SET state = 'done', customer_id = NULL, detail = $2, ended_at = $3::timestamptz
        WHERE id = $1::uuid`,
      id,
      detail,
      row.createdAt,
    );
    return true;
  });
}

/** The person of a request. */
export function personOf({ customerId, subject }: WaitingErasure): Person {
  return { customerId, subject };
}
