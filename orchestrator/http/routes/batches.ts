/** Batches: of sagas planned and created; all of them listed, read with the outcome of each target, paused, resumed and cancelled. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { BatchRow } from '#orchestrator/store/batch-rows.ts';
import { fromCursor, toCursor } from '#platform/http/cursor.ts';
import { confirmed } from '#platform/http/failure.ts';
import { TextBody } from '#platform/http/operation.ts';
import { planChanged, planHashText } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idempotencyKey, idInPath, pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { requestSagaBatch } from '../create-saga-batch.ts';
import type { ApiParts } from '../parts.ts';
import {
  batchAnswer,
  batchItemState,
  batchItems,
  batchItemView,
  batchPage,
  batchView,
  listedBatchView,
} from '../views/batch.ts';
import { batchActPlan, batchActPlanView } from '../views/batch-act-plan.ts';
import { batchExport, CSV, csvOf, EXPORT_MAX } from '../views/batch-export.ts';
import { sagaBatchPlan } from '../views/saga-batch-plan.ts';
import { REQUEST_MAX_BYTES, sagaBatchRequest } from '../views/saga-batch-request.ts';

const listQuery = z.strictObject({ cursor: pageCursor, limit: pageLimit });
const itemQuery = z.strictObject({
  state: batchItemState.optional(),
  outcome: z.string().min(1).max(100).optional(),
  cursor: z.coerce
    .number()
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(0)
    .describe('The number of the last item of the previous page.'),
  limit: pageLimit,
});
const exportQuery = z.strictObject({ format: z.enum(['json', 'csv']).optional() });
const actRequest = z
  .strictObject({
    action: z
      .enum(['pause', 'resume', 'cancel'])
      .describe(
        'cancel: what was not acted on yet is left as it is, for good. resume: a batch of sagas begins with one saga again.',
      ),
    reason: z.string().min(1).max(1000).describe('For the audit.'),
    dryRun: z.boolean().default(false).describe('Answer the plan, and do nothing.'),
    planHash: planHashText
      .exactOptional()
      .describe('Of the dry run that its author saw: the act is carried out so, or refused.'),
  })
  .meta({ id: 'BatchActionRequest' });

const BATCH_OF_SAGAS = `The set is fixed when the batch is created, and so is the plan of each saga: the engine carries out exactly that
plan, or the saga ends as plan-changed. One saga is acted on first, then 2, 5, 20, then perSecond. A wave waits for the end of
the sagas before it; where the first saga, or more than stopShare of a wave, fails again, the batch stops and says why.
A dry run answers the plan. Applied with its planHash, another plan is answered plan-changed with the new one; with its sagaIds, the set stays
the one that was shown.`;

/** Registers the routes. */
export function batchRoutes(routes: Routes, parts: ApiParts): void {
  const { batches, now } = parts;
  const batchOr404 = async (id: string): Promise<BatchRow> => {
    const found = await batches.read(id);
    if (found === null) throw new Problem('not-found', `There is no batch ${id}`);
    return found;
  };

  resource(routes, '/v1/batches', {
    GET: {
      id: 'listBatches',
      summary: 'Acts on many targets, newest first.',
      roles: VIEWERS,
      reads: { query: listQuery },
      answers: { 200: { body: batchPage } },
      async handle({ query: { cursor, limit } }) {
        const before = cursor === undefined ? null : await batches.read(fromCursor(cursor));
        if (cursor !== undefined && before === null)
          throw new Problem('validation', 'the cursor is not one of this list');
        const found = await batches.list(before, limit + 1);
        const items = found.slice(0, limit);
        const last = found.length > limit ? items.at(-1) : undefined;
        const nextCursor = last === undefined ? null : toCursor(last.id);
        return { status: 200, body: { items: items.map(listedBatchView), nextCursor } };
      },
    },
    POST: {
      id: 'actOnSagas',
      summary: 'Acts on many sagas, each exactly as planned, in growing waves.',
      description: BATCH_OF_SAGAS,
      roles: OPERATORS,
      bodyMaxBytes: REQUEST_MAX_BYTES,
      reads: { headers: z.object({ 'Idempotency-Key': idempotencyKey }), body: sagaBatchRequest },
      answers: { 200: { body: sagaBatchPlan }, 202: { body: batchAnswer, headers: ['location'] } },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ headers, body, principal }) {
        const done = await requestSagaBatch(parts, body, principal, headers['Idempotency-Key'] ?? null);
        if ('plan' in done) return { status: 200, body: done.plan };
        const view = batchView(done.batch, await batches.progress(done.batch.id));
        return { status: 202, body: view, headers: { location: view.links.self } };
      },
    },
  });

  resource(routes, '/v1/batches/:id', {
    GET: {
      id: 'getBatch',
      summary: 'A batch with its progress.',
      roles: VIEWERS,
      reads: { params: idInPath },
      answers: { 200: { body: batchAnswer } },
      async handle({ params: { id } }) {
        return { status: 200, body: batchView(await batchOr404(id), await batches.progress(id)) };
      },
    },
  });

  resource(routes, '/v1/batches/:id/items', {
    GET: {
      id: 'listBatchItems',
      summary: 'The targets of a batch, each with its outcome.',
      roles: VIEWERS,
      reads: { params: idInPath, query: itemQuery },
      answers: { 200: { body: batchItems } },
      async handle({ params: { id }, query: { state = null, outcome = null, cursor, limit } }) {
        canonical(outcome);
        const batch = await batchOr404(id);
        const found = await batches.items(id, { state, outcome, after: cursor }, limit + 1);
        const items = found.slice(0, limit);
        const nextCursor = found.length > limit ? (items.at(-1)?.number ?? null) : null;
        return { status: 200, body: { items: items.map((item) => batchItemView(batch, item)), nextCursor } };
      },
    },
  });

  resource(routes, '/v1/batches/:id/export', {
    GET: {
      id: 'exportBatch',
      summary: 'A batch with all its targets and their outcomes, as JSON or CSV.',
      roles: VIEWERS,
      reads: { params: idInPath, query: exportQuery },
      answers: { 200: { body: batchExport, textType: CSV } },
      async handle({ params: { id }, query: { format }, accepts }) {
        const batch = await batchOr404(id);
        const all = { state: null, outcome: null, after: 0 };
        const items = (await batches.items(id, all, EXPORT_MAX)).map((item) => batchItemView(batch, item));
        const isCsv = format === undefined ? accepts(['application/json', CSV]) === CSV : format === 'csv';
        if (isCsv) return { status: 200, body: new TextBody(CSV, csvOf(items)) };
        return { status: 200, body: { batch: batchView(batch, await batches.progress(id)), items } };
      },
    },
  });

  resource(routes, '/v1/batches/:id/actions', {
    POST: {
      id: 'actOnBatch',
      summary: 'Pauses, resumes or cancels a batch; or previews that. What is under way at this moment ends.',
      roles: OPERATORS,
      reads: { params: idInPath, body: actRequest },
      answers: { 200: { body: z.union([batchAnswer, batchActPlan]) } },
      problems: ['conflict', 'plan-changed'],
      async handle({ params: { id }, body, principal: { subject: actor, role } }) {
        const { action, reason, dryRun, planHash = null } = body;
        canonical(reason);
        if (dryRun) {
          const plan = await batches.planAct(id, action);
          if (plan === null) throw new Problem('not-found', `There is no batch ${id}`);
          if ('impossible' in plan) throw new Problem('conflict', plan.impossible);
          return { status: 200, body: batchActPlanView(plan) };
        }
        const by = { id: randomUUID(), actor, role, reason, planHash };
        const done = await confirmed(batches.act(id, action, by, now), `/v1/batches/${id}`);
        if (done === null) throw new Problem('not-found', `There is no batch ${id}`);
        if ('impossible' in done) throw new Problem('conflict', done.impossible);
        if ('changed' in done) throw planChanged(batchActPlanView(done.changed));
        return { status: 200, body: batchView(done.batch, await batches.progress(id)) };
      },
    },
  });
}
