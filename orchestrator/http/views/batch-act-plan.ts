/** The plan of a person's act on a batch: what becomes of the targets that wait, and of those under way. */
import * as z from 'zod';
import type { BatchActPlan } from '#orchestrator/store/batch-act-plan.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import { count, uuid, type View } from '#platform/http/schemas.ts';
import { batchState } from './batch.ts';

export const batchActPlan = z
  .object({
    dryRun: z.literal(true),
    batchId: uuid,
    kind: z.string(),
    action: z.enum(['pause', 'resume', 'cancel']),
    state: batchState.describe('Now.'),
    nextState: batchState.describe('Afterwards.'),
    changes: z.boolean().describe('False: it is so already, and nothing is done.'),
    total: count,
    waiting: count.describe(
      'Not acted on yet: paused, they wait; cancelled, they stay as they are for good; resumed, they are acted on. Of a running batch it is the most: waves begin meanwhile.',
    ),
    watched: count.describe(
      'Acted on, without an outcome: they go on; a cancelled batch does not watch them.',
    ),
    ended: count,
    next: z.string().nullable().describe('Of a resume: the target that it begins with; null: none waits.'),
    planHash: planHashText.describe(
      'SHA-256 over the batch, its state and the act; unless it runs, over the number of the waiting too.',
    ),
  })
  .meta({ id: 'BatchActPlan', description: 'The effect of an act on a batch. Nothing was done.' });

/** A plan as people see it. */
export function batchActPlanView(plan: BatchActPlan): View<typeof batchActPlan> {
  return { dryRun: true, ...plan };
}
