/** Records the outcomes of intents: their rows, the replies and the answers of waiting undos, in one transaction. */
import { makeReply } from '#runtime/decide-once.ts';
import type { LateReply, Reply } from '#runtime/inbox.ts';
import type { OpenWork } from '#runtime/unit-of-work.ts';
import type { Result } from './attempt-intent.ts';
import { payment } from './contract.ts';
import type { Intent } from './intent.ts';
import { recordUndone, reopenFailed } from './record-reversals.ts';
import type { Outcomes, PaymentStore } from './store.ts';
import { undoAnswer } from './undo-answer.ts';

/** A final result with its intent. */
export interface FinalResult {
  readonly intent: Intent;
  readonly result: Exclude<Result, { kind: 'later' | 'lost' }>;
  /** When the gateway was read. */
  readonly readAt: Date;
}

/**
 * Records a batch in an open transaction; skips the intents that another worker has claimed meanwhile.
 * @returns the replies to publish: to charges, and to the undos that waited for them
 */
export async function recordOutcomes(
  { inbox, store }: OpenWork<PaymentStore>,
  batch: readonly FinalResult[],
  now: Date,
): Promise<Reply[]> {
  const known = new Map(batch.map((one) => [one.intent.commandId, one]));
  const unpublished = batch
    .filter(({ result }) => result.kind === 'unpublished')
    .map(({ intent }) => intent.sagaId);
  const written = await store.writeOutcomes(batch.flatMap(outcomesOf), now);
  const held = new Set(written.map(({ commandId }) => commandId));
  const seen = batch.flatMap(({ intent, result, readAt }) =>
    'money' in result && held.has(intent.commandId) ? [{ ...intent, money: result.money, readAt }] : [],
  );
  if (seen.length > 0) await recordUndone(store, seen, now);
  const undone = new Set(
    batch.flatMap(({ intent, result }) => (result.kind === 'undone' ? [intent.commandId] : [])),
  );
  await reopenFailed(
    store,
    seen.filter(({ commandId }) => undone.has(commandId)),
  );
  const replies: Reply[] = [];
  const answers: LateReply[] = [];
  const answer = (command: { id: string; sagaId: string; traceparent: string | null }, data: ReplyData) => {
    const reply = makeReply(
      payment,
      { ...command, traceparent: command.traceparent ?? undefined },
      data,
      now,
    );
    replies.push(reply);
    answers.push({ sagaId: command.sagaId, commandId: command.id, reply: reply.text });
  };

  for (const { sagaId, commandId: id, gatewayId } of written) {
    const one = known.get(id);
    const reply = one && chargeReply(one, gatewayId);
    if (reply) answer({ id, sagaId, traceparent: one.intent.traceparent }, reply);
  }
  // Writes the intents before it locks the undos: of two transactions that settle intents of one undo, the second to
  // lock it finds both settled.
  const sagas = written.filter(({ goal }) => goal !== 'charge').map(({ sagaId }) => sagaId);
  const waiting = sagas.length === 0 ? [] : await store.lockWaitingUndos(sagas);
  if (waiting.length > 0) {
    const intents = await store.readSettled(sagas);
    const answered = waiting.filter(({ sagaId, commandId: id, type, names, traceparent }) => {
      const reply = undoAnswer(type, names, intents);
      if (reply !== null) answer({ id, sagaId, traceparent }, reply);
      return reply !== null;
    });
    if (answered.length > 0) await store.recordAnswered(answered, now);
  }
  const recorded = await inbox.answerOpen(answers, now);
  const fresh = replies.filter((_, i) => recorded.has(answers[i]?.commandId ?? ''));
  return unpublished.length === 0 ? fresh : [...(await inbox.readReplies(unpublished)), ...fresh];
}

type ReplyData = { readonly type: string; readonly data: unknown };

/** The columns that a result sets. */
function outcomesOf({ intent: { sagaId, commandId, lease }, result }: FinalResult): Outcomes[] {
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
    case 'unpublished':
      return [];
  }
}

/** The reply to the charge, where the result gives one. */
function chargeReply({ intent, result }: FinalResult, gatewayId: string | null): ReplyData | null {
  if (result.kind === 'declined') return { type: 'payment.declined', data: result.refusal };
  if (result.kind !== 'charged') return null;
  const { amount, currency } = intent;
  return { type: 'payment.charged', data: { chargeId: gatewayId, amount, currency } };
}
