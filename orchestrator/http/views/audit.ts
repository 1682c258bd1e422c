/** The views of the audit. */
import * as z from 'zod';
import type { AuditEntry } from '#orchestrator/store/action-store.ts';
import { count, instant, nextNumber, uuid, type View } from '#platform/http/schemas.ts';
import { actionState, revisionSeen } from './action.ts';
import { parametersShown, shownParameters } from './audit-parameters.ts';
import { planHashed } from './plan-schema.ts';

const entry = z
  .object({
    actionId: uuid,
    seq: z.int().min(1).describe('Its position in the chain.'),
    sagaId: uuid
      .nullable()
      .describe('Null: the action was on a definition, an API key, or a dead letter without a saga.'),
    batchId: uuid.exactOptional(),
    action: z.string(),
    revision: revisionSeen,
    actor: z.string(),
    role: z.string(),
    reason: z.string(),
    fields: z.array(z.string()).describe('The names of all its parameters.'),
    parameters: shownParameters,
    planHash: planHashed.exactOptional().describe('The plan that its author approved.'),
    createdAt: instant,
    state: actionState,
    detail: z.string().nullable(),
    endedAt: instant.nullable(),
    previousHash: z.string(),
    hash: z.string(),
    erasedBy: uuid
      .exactOptional()
      .describe(
        'The later entry that erased its actor, where that was the customer, its reason and its parameters.',
      ),
  })
  .meta({ id: 'AuditEntry' });

export const auditPage = z
  .object({ items: z.array(entry), nextCursor: nextNumber })
  .meta({ id: 'AuditPage', description: 'Newest first.' });

export const auditVerdict = z
  .object({
    holds: z.boolean(),
    entries: count.describe('The number of intact entries, from the first on.'),
    head: z.string().describe('The hash of the last intact entry.'),
    broken: z.string().exactOptional().describe('The fault of the next entry.'),
  })
  .meta({ id: 'AuditVerdict' });

/** Shows of most parameters only the names: their values may hold an address. */
export function auditView({
  params,
  idempotencyKey: _key,
  batchId,
  id,
  erasedBy,
  planHash,
  ...rest
}: AuditEntry): View<typeof entry> {
  return {
    actionId: id,
    ...rest,
    ...(batchId !== null && { batchId }),
    ...(erasedBy !== null && { erasedBy }),
    ...(planHash !== null && { planHash }),
    fields: Object.keys(params),
    parameters: parametersShown(params),
  };
}
