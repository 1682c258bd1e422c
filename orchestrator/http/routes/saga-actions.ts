/** `POST /v1/sagas/{id}/actions`: previews a person's action, or accepts it. */
import * as z from 'zod';
import { editParams, migrateParams, skipParams } from '#engine/control.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource } from '#platform/http/resource.ts';
import { idempotencyKey, idInPath } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { act, earlierAction } from '../act.ts';
import { type ApiParts, sagaOr404 } from '../parts.ts';
import { needPlan, planned } from '../plan-action.ts';
import type { RequestedAction } from '../requested-action.ts';
import { acceptedView, actionAccepted } from '../views/action.ts';
import { approvedPlan, planAnswer } from '../views/plan-schema.ts';
import { etagOf } from '../views/saga.ts';

const common = {
  reason: z.string().min(1).max(1000),
  dryRun: z.boolean().default(false).describe('Preview the action without applying it.'),
  planHash: approvedPlan,
};
const actionRequest = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.enum(['retry', 'compensate', 'pause', 'resume', 'resolve']), ...common }),
    z.strictObject({ action: z.literal('skip'), ...common, ...skipParams.shape }),
    z.strictObject({ action: z.literal('edit'), ...common, ...editParams.shape }),
    z.strictObject({ action: z.literal('migrate'), ...common, ...migrateParams.shape }),
  ])
  .meta({ id: 'ActionRequest' });

const PLANNING = `A dry run answers the plan: each message the action would send, what they move at the most, and a planHash.
Applied with that planHash, the action does exactly this, or nothing: the engine computes it again as the saga moves. Where it is
another plan by then, the answer is plan-changed with the new one, or, where the saga moves after the answer, the action ends as
refused.`;

const headers = z.object({
  'Idempotency-Key': idempotencyKey,
  'If-Match': z
    .string()
    .regex(/^(?:W\/)?"?(\d{1,9})"?$/, 'must be the ETag of a saga, such as "3"')
    .transform((tag) => Number(/\d+/.exec(tag)?.[0]))
    .optional()
    .describe('The ETag of the saga as the author read it; optional for a dry run.'),
});

/** Registers the route. */
export function sagaActionRoutes(routes: Routes, parts: ApiParts): void {
  resource(routes, '/v1/sagas/:id/actions', {
    POST: {
      id: 'actOnSaga',
      summary: 'Requests an action on a saga, or previews it.',
      description: PLANNING,
      roles: OPERATORS,
      reads: { params: idInPath, headers, body: actionRequest },
      answers: {
        200: { body: planAnswer, headers: ['etag'] },
        202: { body: actionAccepted, headers: ['location'] },
      },
      problems: ['conflict', 'stale', 'plan-changed', 'idempotency-mismatch', 'precondition-required'],
      async handle({ params: { id }, headers: sent, body, principal }) {
        const { action, reason, dryRun, planHash = null, ...params } = body;
        canonical([reason, params]);
        const { 'If-Match': read, 'Idempotency-Key': key = null } = sent;
        if (read === undefined && !dryRun)
          throw new Problem(
            'precondition-required',
            'Send If-Match with the ETag of the saga as you read it',
          );
        const { row } = await sagaOr404(parts, id);
        const request: RequestedAction = {
          action,
          revision: read ?? row.revision,
          actor: principal.subject,
          role: principal.role,
          reason,
          params,
          idempotencyKey: key,
          planHash,
        };
        const etag = etagOf(row);
        const earlier = dryRun ? null : await earlierAction(parts, row.id, request);
        if (earlier === null && !dryRun) await needPlan(parts, row, request);
        if (earlier === null && request.revision !== row.revision) {
          throw new Problem(
            'stale',
            `The saga is at revision ${row.revision}, you read ${request.revision}`,
            {
              headers: { etag },
            },
          );
        }
        if (dryRun) return { status: 200, body: await planned(parts, row, request), headers: { etag } };
        const accepted = acceptedView(earlier ?? (await act(parts, row, request)));
        return { status: 202, body: accepted, headers: { location: accepted.links.self } };
      },
    },
  });
}
