/** The views of batches: an act on many targets, its progress, and the outcome of each target. */
import * as z from 'zod';
import { actionIdOf, OF_SAGAS } from '#orchestrator/saga-batches/act-on-sagas.ts';
import { OUTCOMES } from '#orchestrator/saga-batches/outcomes.ts';
import type { BatchItem, BatchProgress, BatchRow } from '#orchestrator/store/batch-rows.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import {
  count,
  instant,
  instantText,
  link,
  nextCursor,
  nextNumber,
  uuid,
  type View,
} from '#platform/http/schemas.ts';

const SAGA_OUTCOMES = Object.entries(OUTCOMES)
  .map(([outcome, what]) => `${outcome} (${what})`)
  .join(' ');

const links = z.object({ self: link, items: link, actions: link });

export const batchState = z.enum(['running', 'paused', 'stopped', 'cancelled', 'done']);

const fields = {
  batchId: uuid,
  kind: z
    .string()
    .describe(
      'What is done: `send-dead-letters`, `discard-dead-letters`, `retry-sagas`, `compensate-sagas` …',
    ),
  state: batchState.describe(
    'done: each target has its outcome; stopped: by itself, see `stopped`, until a person resumes or cancels it; cancelled: the targets that were waiting are left as they are.',
  ),
  stopped: z
    .object({
      at: instantText,
      wave: z.int().min(1).describe('Since the batch began, or was resumed.'),
      failed: count,
      of: count.describe('The sagas of the wave.'),
      fingerprint: z
        .string()
        .nullable()
        .describe('Of the most frequent failure; the filter of sagas takes it.'),
      example: z.string().describe('A saga that failed so.'),
      text: z.string(),
    })
    .nullable()
    .describe('Why a batch of sagas stopped itself, the last time.'),
  total: count,
  perSecond: count.describe('The most targets that are acted on in a second.'),
  actor: z.string(),
  role: z.string(),
  reason: z.string(),
  planHash: planHashText,
  createdAt: instant,
  endedAt: instant.nullable(),
  links,
};

export const batchAnswer = z
  .object({
    ...fields,
    progress: z.object({
      waiting: count,
      watched: count.describe('Acted on; the outcome is not final.'),
      outcomes: z.record(z.string(), count).describe('Of the ended ones, by outcome.'),
    }),
  })
  .meta({ id: 'Batch', description: 'An act on many targets, whose set is fixed.' });

const listedBatch = z.object(fields).meta({ id: 'ListedBatch' });

export const batchPage = z
  .object({ items: z.array(listedBatch), nextCursor })
  .meta({ id: 'BatchPage', description: 'Newest first.' });

export const batchItemState = z.enum(['waiting', 'watched', 'ended']);
export const batchItem = z.object({
  number: z.int().min(1).describe('Its position in the plan.'),
  target: z.string().describe('Of a dead letter its partition and offset, 0/17; of a saga its id.'),
  state: batchItemState,
  outcome: z
    .string()
    .nullable()
    .describe(
      `Of a letter: sent, parked-again (the detail names the new letter), refused, discarded or cancelled. Of a saga: ${SAGA_OUTCOMES}`,
    ),
  detail: z.string().nullable(),
  fingerprint: z.string().exactOptional().describe('Of the failure that a saga ended with.'),
  actionId: uuid.exactOptional().describe('The action on the saga, once it was acted on.'),
  actedAt: instant.nullable(),
});
export const batchItems = z
  .object({ items: z.array(batchItem), nextCursor: nextNumber })
  .meta({ id: 'BatchItems', description: 'In the order of the plan.' });

export type BatchItemView = View<typeof batchItem>;

export function listedBatchView({
  id,
  params: _,
  rampFrom: _from,
  stopped: why,
  ...row
}: BatchRow): View<typeof listedBatch> {
  const self = `/v1/batches/${id}`;
  const stopped = why === null ? null : { ...why, at: new Date(why.at).toISOString() };
  return {
    batchId: id,
    ...row,
    stopped,
    links: { self, items: `${self}/items`, actions: `${self}/actions` },
  };
}

export function batchView(row: BatchRow, progress: BatchProgress): View<typeof batchAnswer> {
  return { ...listedBatchView(row), progress };
}

/** An item. Those of a batch of sagas name their action. */
export function batchItemView(
  { id, kind }: Pick<BatchRow, 'id' | 'kind'>,
  { seen: _, fingerprint, ...item }: BatchItem,
): BatchItemView {
  const isActedOn = item.actedAt !== null && kind.endsWith(OF_SAGAS);
  return {
    ...item,
    // What a watched item notes for its batch is nothing to read.
    detail: item.state === 'watched' ? null : item.detail,
    ...(fingerprint !== null && { fingerprint }),
    ...(isActedOn && { actionId: actionIdOf(id, item.number) }),
  };
}
