/** Records what came of intents: rows, replies and the answers of waiting undos, in one transaction. */

import { makeReply } from '#runtime/decide-once.ts';
import type { LateReply, Reply } from '#runtime/inbox.ts';
import type { OpenWork } from '#runtime/unit-of-work.ts';
import { payment } from './contract.ts';
import type { Result } from './drive.ts';
import type { Intent } from './intent.ts';
import type { Outcomes, PaymentStore } from './store.ts';
import { undoAnswer } from './undo-answer.ts';

/** A result that is final, with the intent it came of. */
export interface Finished {
  readonly intent: Intent;
  readonly result: Exclude<Result, { kind: 'later' | 'lost' }>;
}

/**
 * Records a batch inside an open transaction. What another worker has claimed meanwhile is left out.
 * @returns the replies to publish: of charges, and of undos that waited for them
 */
export async function recordFinished(
  { inbox, store }: OpenWork<PaymentStore>,
  batch: readonly Finished[],
  now: Date,
): Promise<Reply[]> {
  const known = new Map(batch.map((one) => [one.intent.commandId, one]));
  const unsaid = batch.filter(({ result }) => result.kind === 'unsaid').map(({ intent }) => intent.sagaId);
  const written = await store.writeOutcomes(batch.flatMap(outcomesOf), now);
  const replies: Reply[] = [];
  const answers: LateReply[] = [];
  const answer = (command: { id: string; sagaId: string; traceparent: string | null }, said: SaidReply) => {
    const reply = makeReply(
      payment,
      { ...command, traceparent: command.traceparent ?? undefined },
      said,
      now,
    );
    replies.push(reply);
    answers.push({ sagaId: command.sagaId, commandId: command.id, reply: reply.text });
  };

  for (const { sagaId, commandId: id, gatewayId } of written) {
    const one = known.get(id);
    const said = one && chargeReply(one, gatewayId);
    if (said) answer({ id, sagaId, traceparent: one.intent.traceparent }, said);
  }
  // The intents are written before the undos are locked: of two transactions that settle intents of one undo, the
  // second to lock it sees both settled.
  const sagas = written.filter(({ goal }) => goal !== 'charge').map(({ sagaId }) => sagaId);
  const waiting = sagas.length === 0 ? [] : await store.lockWaitingUndos(sagas);
  if (waiting.length > 0) {
    const intents = await store.readSettled(sagas);
    const answered = waiting.filter(({ sagaId, commandId: id, type, names, traceparent }) => {
      const said = undoAnswer(type, names, intents);
      if (said !== null) answer({ id, sagaId, traceparent }, said);
      return said !== null;
    });
    if (answered.length > 0) await store.markAnswered(answered, now);
  }
  const recorded = await inbox.answerOpen(answers, now);
  const fresh = replies.filter((_, i) => recorded.has(answers[i]?.commandId ?? ''));
  return unsaid.length === 0 ? fresh : [...(await inbox.readReplies(unsaid)), ...fresh];
}

type SaidReply = { readonly type: string; readonly data: unknown };

/** The columns a result sets. */
function outcomesOf({ intent: { sagaId, commandId, lease }, result }: Finished): Outcomes[] {
  const key = { sagaId, commandId, lease };
  switch (result.kind) {
    case 'charged':
      return [{ ...key, outcome: 'charged' }];
    case 'declined':
      return [{ ...key, outcome: 'declined', declineCode: result.refusal.code }];
    case 'undone':
      return [{ ...key, undone: true, ...(result.refundId !== null && { refundId: result.refundId }) }];
    case 'refundRefused':
      return [{ ...key, refundRefusal: result.refusal }];
    case 'unsaid':
      return [];
  }
}

/** The charge's own reply, where the result is one. */
function chargeReply({ intent, result }: Finished, gatewayId: string | null): SaidReply | null {
  if (result.kind === 'declined') return { type: 'payment.declined', data: result.refusal };
  if (result.kind !== 'charged') return null;
  const { amount, currency } = intent;
  return { type: 'payment.charged', data: { chargeId: gatewayId, amount, currency } };
}
