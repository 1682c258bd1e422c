/** The request of a batch of sagas: an action, its parameters, and the sagas. */
import * as z from 'zod';
import { migrateParams, skipParams } from '#engine/control.ts';
import { sagaFilter } from '#orchestrator/sagas/search.ts';
import { isUuid } from '#protocol/ids.ts';
import { approvedPlan } from './plan-schema.ts';
import { SAGAS_MAX } from './saga-batch-plan.ts';

/** A body of as many ids as a batch has sagas. */
export const REQUEST_MAX_BYTES = 512 * 1024;
const PER_SECOND_MAX = 500;

const common = {
  reason: z.string().min(1).max(1000).describe('For the audit, and in messages that quote it.'),
  filter: sagaFilter.optional().describe('Which sagas: the filter of `GET /v1/sagas`.'),
  sagaIds: z
    .array(z.string().max(36).refine(isUuid, 'must be the id of a saga'))
    .min(1)
    .max(SAGAS_MAX)
    .optional()
    .describe('Or these.'),
  limit: z
    .int()
    .min(1)
    .max(SAGAS_MAX)
    .optional()
    .describe(`Only the oldest so many. Without it more than ${SAGAS_MAX} matching sagas are refused.`),
  perSecond: z.int().min(1).max(PER_SECOND_MAX).default(20).describe('The most sagas a second.'),
  stopShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('The batch stops where a greater share of a wave fails again.'),
  watchSeconds: z
    .int()
    .min(10)
    .max(86_400)
    .default(300)
    .describe('How long a saga is watched for its end, before its outcome is `undecided`.'),
  from: z.int().min(1).max(SAGAS_MAX).default(1).describe('Of a dry run: list sagas from this number on.'),
  dryRun: z.boolean().default(false).describe('Answer the plan, and do nothing.'),
  planHash: approvedPlan,
};

export const sagaBatchRequest = z
  .discriminatedUnion('action', [
    z.strictObject({
      action: z.enum(['retry', 'compensate', 'cancel', 'pause', 'resume', 'resolve']),
      ...common,
    }),
    z.strictObject({ action: z.literal('skip'), ...common, ...skipParams.shape }),
    z.strictObject({ action: z.literal('migrate'), ...common, ...migrateParams.shape }),
  ])
  .refine(
    ({ filter, sagaIds }) => (filter === undefined) !== (sagaIds === undefined),
    'give either filter or sagaIds',
  )
  .meta({ id: 'SagaBatchRequest' });
export type SagaBatchRequest = z.output<typeof sagaBatchRequest>;
