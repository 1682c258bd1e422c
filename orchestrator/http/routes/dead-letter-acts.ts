/** What people do about one dead letter: send it again, correct its body, discard it. Each shows its plan first. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { checkMessage, identityChanges, isKnownTopic } from '#orchestrator/dead-letters/check-message.ts';
import { jsonIn } from '#orchestrator/dead-letters/readable.ts';
import { RESEND } from '#orchestrator/store/dead-letter-store.ts';
import type { SendableLetter } from '#orchestrator/store/letter-rows.ts';
import { DISCARD, EDIT } from '#orchestrator/store/letter-work.ts';
import { confirmed } from '#platform/http/failure.ts';
import { planHashText, refuseOther } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource } from '#platform/http/resource.ts';
import { idempotencyKey } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { MAX_MESSAGE_BYTES } from '#protocol/codec.ts';
import { failureCodeOf, messageOf, terminalOf } from '#protocol/errors.ts';
import type { ApiParts } from '../parts.ts';
import { plannedSend, sendableOr404, sendLetter, wasDoneBefore } from '../send-letter.ts';
import {
  discardPlan,
  editPlan,
  letterDiscarded,
  letterEdited,
  letterSent,
  selfOf,
  sendPlan,
} from '../views/dead-letter-plan.ts';
import { letterInPath } from './dead-letters.ts';

/** A body in JSON's own escapes is twice as long at the most, but for control characters, which no message needs. */
const EDIT_MAX_BYTES = 2 * MAX_MESSAGE_BYTES + 8_192;

const common = {
  reason: z.string().min(1).max(1000).describe('For the audit.'),
  dryRun: z.boolean().default(false).describe('Answer the plan, and do nothing.'),
  planHash: planHashText
    .optional()
    .describe('Of the plan as its author saw it: where it is another one by now, nothing is done.'),
};
const resendRequest = z
  .strictObject({
    ...common,
    force: z
      .boolean()
      .default(false)
      .describe('Send it although it was sent again before, was discarded, or was parked too often.'),
  })
  .meta({ id: 'ResendRequest' });
const editRequest = z
  .strictObject({
    ...common,
    value: z.string().min(1).describe('The whole corrected body, as it is to be sent.'),
    changesIdentity: z
      .boolean()
      .default(false)
      .describe('Permit another id, type, source, subject or commandid: the plan says what that means.'),
  })
  .meta({ id: 'DeadLetterEditRequest' });
const discardRequest = z.strictObject(common).meta({ id: 'DeadLetterDiscardRequest' });
const headers = z.object({ 'Idempotency-Key': idempotencyKey });

/** Registers the routes. */
export function deadLetterActRoutes(routes: Routes, parts: ApiParts): void {
  const { letterWork, now } = parts;

  resource(routes, '/v1/dead-letters/:partition/:offset/resend', {
    POST: {
      id: 'resendDeadLetter',
      summary: 'Sends a dead letter to its topic again, with its corrected body if it has one.',
      roles: OPERATORS,
      reads: { params: letterInPath, headers, body: resendRequest },
      answers: { 200: { body: letterSent } },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ params, headers: sent, body, principal: { subject: actor, role } }) {
        const { reason, force, dryRun, planHash } = body;
        canonical(reason);
        const sender = { actor, role, reason, idempotencyKey: sent['Idempotency-Key'] ?? null };
        const letter = await sendableOr404(parts, params);
        if (dryRun)
          return {
            status: 200,
            body: { dryRun, ...(await plannedSend(parts, letter, { force, planHash })) },
          };
        if (await wasDoneBefore(parts, RESEND, params, sender))
          return { status: 200, body: { dryRun, ...sendPlan(letter, force) } };
        const plan = await sendLetter(parts, params, { force, planHash, sender });
        return { status: 200, body: { dryRun, ...plan } };
      },
    },
  });

  resource(routes, '/v1/dead-letters/:partition/:offset/edit', {
    POST: {
      id: 'editDeadLetter',
      summary: 'Keeps a corrected body beside the original one, to be sent instead; it sends nothing.',
      description:
        'The body must be what its reader accepts on that topic. The key never changes; the fields by which readers know a message again do so only with changesIdentity.',
      roles: OPERATORS,
      reads: { params: letterInPath, headers, body: editRequest },
      bodyMaxBytes: EDIT_MAX_BYTES,
      answers: { 200: { body: letterEdited } },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ params, headers: sent, body, principal: { subject: actor, role } }) {
        const { reason, dryRun, planHash } = body;
        canonical([reason, body.value]);
        const letter = await sendableOr404(parts, params);
        const value = Buffer.from(body.value);
        const plan = editPlan(letter, value, checked(parts, letter, value));
        if (plan.changesIdentity.length > 0 && !body.changesIdentity && !dryRun)
          throw new Problem(
            'conflict',
            `It becomes another message: ${plan.changesIdentity.join(' ')} Set changesIdentity if it is meant`,
          );
        if (dryRun) return { status: 200, body: { dryRun, ...plan } };
        const by = { id: randomUUID(), actor, role, reason, idempotencyKey: sent['Idempotency-Key'] ?? null };
        if (await wasDoneBefore(parts, EDIT, params, by)) return { status: 200, body: { dryRun, ...plan } };
        refuseOther(plan, planHash);
        // The audit keeps names of fields, and never a body.
        const fields = plan.differences.map(({ pointer }) => pointer).slice(0, 50);
        const outcome = await confirmed(letterWork.edit(letter, value, fields, by, now), selfOf(letter));
        if (outcome === 'mismatch') throw keyMismatch();
        if (outcome === 'changed') {
          const present = editPlan(await sendableOr404(parts, params), value, plan.changesIdentity);
          throw new Problem('plan-changed', 'Somebody else corrected it meanwhile: read it again', {
            plan: { dryRun: true, ...present },
          });
        }
        return { status: 200, body: { dryRun, ...plan } };
      },
    },
  });

  resource(routes, '/v1/dead-letters/:partition/:offset/discard', {
    POST: {
      id: 'discardDeadLetter',
      summary: 'Discards a dead letter: nobody has to deal with it any more. Its bytes stay.',
      roles: OPERATORS,
      reads: { params: letterInPath, headers, body: discardRequest },
      answers: { 200: { body: letterDiscarded } },
      problems: ['plan-changed', 'idempotency-mismatch'],
      async handle({ params, headers: sent, body, principal: { subject: actor, role } }) {
        const { reason, dryRun, planHash } = body;
        canonical(reason);
        const letter = await sendableOr404(parts, params);
        const plan = discardPlan(letter);
        const by = { id: randomUUID(), actor, role, reason, idempotencyKey: sent['Idempotency-Key'] ?? null };
        if (dryRun) return { status: 200, body: { dryRun, ...plan } };
        if (await wasDoneBefore(parts, DISCARD, params, by))
          return { status: 200, body: { dryRun, ...plan } };
        refuseOther(plan, planHash);
        const outcome = await confirmed(letterWork.discard(letter, by, now), selfOf(letter));
        if (outcome === 'mismatch') throw keyMismatch();
        return { status: 200, body: { dryRun, ...plan } };
      },
    },
  });
}

function keyMismatch(): Problem {
  return new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
}

/**
 * Checks a corrected body as its reader will.
 * @returns what it means that the message becomes another one; empty: it stays the one it is
 * @throws Problem `validation` naming the fault, `conflict` where this process knows no schema of the topic
 */
function checked(
  { definitions }: Pick<ApiParts, 'definitions'>,
  letter: SendableLetter,
  value: Buffer,
): string[] {
  const { originTopic: topic, key, keyBytes, original } = letter;
  const registered = [...definitions.values()];
  if (!isKnownTopic(registered, topic))
    throw new Problem(
      'conflict',
      `This API knows no schema of ${topic}, and cannot check a correction: the letter can be sent unchanged, or discarded`,
    );
  try {
    const record = { topic, partition: 0, offset: 0, key, value, timestamp: 0 };
    const envelope = checkMessage(registered, keyBytes === undefined ? record : { ...record, keyBytes });
    return identityChanges(jsonIn(original), envelope);
  } catch (error) {
    const fault = terminalOf(error);
    throw new Problem(
      'validation',
      `It would be parked again: ${failureCodeOf(fault)}, ${messageOf(fault)}`,
      {
        errors: [{ pointer: '/value', detail: messageOf(fault) }],
      },
    );
  }
}
