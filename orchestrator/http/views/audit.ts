/** The audit as people read it: who did what, why, and what became of it. */
import * as z from 'zod';
import type { AuditEntry } from '#orchestrator/store/action-store.ts';
import { count, instant, nextNumber, uuid, type View } from '#platform/http/schemas.ts';
import { actionState, revisionSeen } from './action.ts';

const entry = z
  .object({
    actionId: uuid,
    seq: z.int().min(1).describe('Its place in the chain.'),
    sagaId: uuid.nullable().describe('Null: it is about a definition, or a letter of no saga.'),
    batchId: uuid.exactOptional(),
    action: z.string(),
    revision: revisionSeen,
    actor: z.string(),
    role: z.string(),
    reason: z.string(),
    fields: z.array(z.string()).describe('The names of what was asked for; the values may be private.'),
    createdAt: instant,
    state: actionState,
    detail: z.string().nullable(),
    endedAt: instant.nullable(),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });

/** A page of the audit. */
export const auditPage = z
  .object({ items: z.array(entry), nextCursor: nextNumber })
  .meta({ id: 'AuditPage', description: 'Newest first.' });

/** Whether the chain holds. */
export const auditVerdict = z
  .object({
    holds: z.boolean(),
    entries: count.describe('How many hold, from the first on.'),
    head: z.string().describe('The hash of the last of them.'),
    broken: z.string().exactOptional().describe('What is wrong with the next one.'),
  })
  .meta({ id: 'AuditVerdict' });

/** The view. What was asked for may hold an address: only the names of its fields are shown. */
export function auditView({
  params,
  idempotencyKey: _key,
  batchId,
  id,
  ...rest
}: AuditEntry): View<typeof entry> {
  return { actionId: id, ...rest, ...(batchId !== null && { batchId }), fields: Object.keys(params) };
}
