/** `POST /v1/sagas/{id}/actions`: what a person asks of a saga, shown first and then written down. */
import * as z from 'zod';
import { editParams, migrateParams, skipParams } from '#engine/control.ts';
import type { SagaRow } from '#engine/saga.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource } from '#platform/http/resource.ts';
import { idempotencyKey, idInPath } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { act, earlierAction, preview, type Wish } from '../act.ts';
import { type ApiParts, sagaOr404 } from '../parts.ts';
import { acceptedView, actionAccepted } from '../views/action.ts';
import { toPlanned } from '../views/plan.ts';
import { planAnswer } from '../views/plan-schema.ts';
import { etagOf } from '../views/saga.ts';

const asked = {
  reason: z.string().min(1).max(1000),
  dryRun: z.boolean().default(false).describe('Show what it would do, and do nothing.'),
};
const actionRequest = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.enum(['retry', 'compensate', 'pause', 'resume']), ...asked }),
    z.strictObject({ action: z.literal('skip'), ...asked, ...skipParams.shape }),
    z.strictObject({ action: z.literal('edit'), ...asked, ...editParams.shape }),
    z.strictObject({ action: z.literal('migrate'), ...asked, ...migrateParams.shape }),
  ])
  .meta({ id: 'ActionRequest' });

const headers = z.object({
  'Idempotency-Key': idempotencyKey,
  'If-Match': z
    .string()
    .regex(/^(?:W\/)?"?(\d{1,9})"?$/, 'must be the ETag of a saga, such as "3"')
    .transform((tag) => Number(/\d+/.exec(tag)?.[0]))
    .optional()
    .describe('The ETag of the saga as its author saw it; a dry run may go without.'),
});

/** Puts the route on a router. */
export function sagaActionRoutes(routes: Routes, parts: ApiParts): void {
  resource(routes, '/v1/sagas/:id/actions', {
    POST: {
      id: 'actOnSaga',
      summary: 'Asks something of a saga, or shows what would come of it.',
      roles: OPERATORS,
      reads: { params: idInPath, headers, body: actionRequest },
      answers: {
        200: { body: planAnswer, headers: ['etag'] },
        202: { body: actionAccepted, headers: ['location'] },
      },
      problems: ['conflict', 'stale', 'idempotency-mismatch', 'precondition-required'],
      async handle({ params: { id }, headers: said, body, principal }) {
        const { action, reason, dryRun, ...params } = body;
        canonical([reason, params]);
        const { 'If-Match': seen, 'Idempotency-Key': key = null } = said;
        if (seen === undefined && !dryRun)
          throw new Problem('precondition-required', 'Send If-Match with the ETag of the saga as you saw it');
        const { row } = await sagaOr404(parts, id);
        const wish: Wish = {
          action,
          revision: seen ?? row.revision,
          actor: principal.subject,
          role: principal.role,
          reason,
          params,
          idempotencyKey: key,
        };
        const etag = etagOf(row);
        const earlier = dryRun ? null : await earlierAction(parts, row.id, wish);
        if (earlier === null && wish.revision !== row.revision) {
          throw new Problem('stale', `The saga is at revision ${row.revision}, you saw ${wish.revision}`, {
            headers: { etag },
          });
        }
        if (dryRun) {
          const plan = await planned(parts, row, wish);
          return { status: 200, body: { dryRun, action, ...plan }, headers: { etag } };
        }
        const accepted = acceptedView(earlier ?? (await act(parts, row, wish)));
        return { status: 202, body: accepted, headers: { location: accepted.links.self } };
      },
    },
  });
}

/**
 * What an action would send, its repeats read from the journal, or why it would be refused.
 * @throws Problem `conflict` when this process does not know the saga's definition
 */
async function planned(parts: ApiParts, row: SagaRow, wish: Wish) {
  const plan = preview(parts, row, wish);
  if (plan === null) {
    throw new Problem('conflict', `This API does not know ${row.definition} v${row.definitionVersion}`);
  }
  if (plan.outcome !== 'applies') return { ...plan, sends: [] };
  const { again, sends, ...rest } = plan;
  const repeats = await parts.views.commands(row.id, again);
  return { ...rest, sends: [...sends, ...repeats.map((sent) => toPlanned(sent, true))] };
}
