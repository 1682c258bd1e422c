/** The view of a saga whose compensation failed: which undos, what the participants said, what stands, what can be done. Pure. */
import * as z from 'zod';
import type { Registered } from '#engine/definition/definition.ts';
import { inputOf, type SagaRow } from '#engine/saga.ts';
import type { UndoAnswer } from '#orchestrator/store/compensation-failure-store.ts';
import type { SweptSaga } from '#orchestrator/store/view-store.ts';
import {
  count,
  currency,
  instant,
  instantText,
  link,
  minorUnits,
  nextCursor,
  uuid,
  type View,
} from '#platform/http/schemas.ts';
import { refusalData } from '#protocol/contract.ts';
import { commandNumber, replyId } from '#protocol/ids.ts';
import { incident, lastFailure } from './saga-schema.ts';
import { status } from './status.ts';

const failedUndo = z.object({
  commandId: z.string(),
  type: z.string(),
  participant: z.string().nullable(),
  cause: z
    .enum(['refused', 'unanswered', 'reopened', 'needs-evidence'])
    .describe(
      'refused: its participant will not do it; unanswered: not in time, and it is still sent; reopened: it was done, and no longer holds; needs-evidence: it undoes a step that a person vouched for.',
    ),
  undoes: z.array(z.string()),
  since: instant.nullable(),
  attempts: count,
  code: z.string().nullable(),
  text: z.string().nullable(),
  atStake: z
    .object({
      money: z.object({ amount: minorUnits, currency }).exactOptional(),
      stock: z.array(z.object({ sku: z.string(), quantity: count })).exactOptional(),
      coupon: z.string().exactOptional(),
      shipment: z.string().exactOptional(),
    })
    .describe('What stands until it is done.'),
});

const possible = z.object({
  action: z.enum(['retry', 'skip', 'resume', 'resolve']),
  sends: z.array(z.string()).describe('The ids of the commands it would send.'),
  needsEvidence: z.boolean(),
});

export const compensationFailure = z.object({
  sagaId: uuid,
  customerId: z.string(),
  status,
  state: z.string(),
  since: instantText.describe('Since when it needs an operator.'),
  incident,
  lastFailure: lastFailure.nullable(),
  undos: z.array(failedUndo).describe('Empty: the incident is not about an undo.'),
  possible: z
    .array(possible)
    .describe('What an operator can do next; empty where this API lacks its version.'),
  links: z.object({ self: link, history: link, actions: link }),
});

export const compensationFailures = z.object({ items: z.array(compensationFailure), nextCursor }).meta({
  id: 'CompensationFailures',
  description: 'Sagas whose compensation failed, oldest first. A short page may still have a next one.',
});

type Undo = View<typeof failedUndo>;
export type Possible = View<typeof possible>;

/** The messages that answered a row's failed undos. */
export function answersWanted({
  id: sagaId,
  pending,
}: SagaRow): Array<{ sagaId: string; messageId: string }> {
  return Object.keys(pending.refusedUndos).map((commandId) => ({ sagaId, messageId: replyId(commandId) }));
}

export function compensationFailureView(
  { row, sweepState }: SweptSaga,
  definition: Registered | null,
  answers: ReadonlyMap<string, UndoAnswer>,
  canDo: readonly Possible[],
): View<typeof compensationFailure> {
  const { id, customerId, status: now, state, stuck, lastFailure: last, pending } = row;
  const found = stuck ?? { since: row.stateSince.toISOString(), code: 'unknown' };
  const base = (commandId: string, type: string, undoes: readonly string[] = []) => ({
    commandId,
    type,
    participant: definition?.commands[type]?.contract.name ?? null,
    undoes,
    atStake: definition?.atStake?.(type, inputOf(row), row.context) ?? {},
  });
  const refused = Object.entries(pending.refusedUndos).map(([commandId, undo]): Undo => {
    const answer = answers.get(replyId(commandId));
    const refusal = refusalData.safeParse(answer?.data).data;
    const isAbout = found.about === commandId;
    return {
      ...base(commandId, undo.type, undo.undoes),
      cause: undo.found !== undefined ? 'needs-evidence' : refusal === undefined ? 'reopened' : 'refused',
      since: answer?.at ?? null,
      attempts: commandNumber(commandId),
      code: refusal?.code ?? (isAbout ? found.code : null),
      text: refusal?.text ?? (isAbout || undo.found !== undefined ? (found.text ?? null) : null),
    };
  });
  const unanswered = Object.entries(pending.awaiting).flatMap(([commandId, awaited]): Undo[] => {
    // The undo of a late success that is still under way has not failed.
    if (awaited.kind !== 'undo' || awaited.late) return [];
    const failure = last?.commandId === commandId ? last : null;
    return [
      {
        ...base(commandId, awaited.type, awaited.undoes),
        cause: 'unanswered',
        since: new Date(awaited.issuedAt),
        attempts: 1 + (sweepState.sent?.[commandId]?.attempts ?? 0),
        code: failure?.code ?? null,
        text: failure?.text ?? null,
      },
    ];
  });
  const self = `/v1/sagas/${id}`;
  return {
    sagaId: id,
    customerId,
    status: now,
    state,
    since: found.since,
    incident: found,
    lastFailure: last,
    undos: [...refused, ...unanswered],
    possible: canDo,
    links: { self, history: `${self}/history`, actions: `${self}/actions` },
  };
}
