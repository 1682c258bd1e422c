/** A participant's batch: decides its commands in transactions and publishes the replies; parks bad commands alone. */

import type { TimePhase } from '#platform/batching/batch-spans.ts';
import { bisect } from '#platform/batching/bisect.ts';
import { type Decision, type Handled, handleRecords, type Park } from '#platform/batching/handle-records.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { encode } from '#protocol/codec.ts';
import { type Contract, type NoticeKind, noticeType } from '#protocol/contract.ts';
import type { Envelope, InRecord, OutMessage } from '#protocol/envelope.ts';
import { failureCodeOf, messageOf, TerminalError } from '#protocol/errors.ts';
import { noticeId } from '#protocol/ids.ts';
import { SAGA_REPLIES } from '#protocol/topics.ts';
import { continued } from '#protocol/trace.ts';
import { decideOnce, type GroupDecision } from './decide-once.ts';
import type { Reply } from './inbox.ts';
import type { Participant } from './participant.ts';
import { cutWhereKeysReturn, type Received, receive } from './received-command.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const MAX_TEXT = 1000;

export interface BatchParts<Store> {
  readonly participant: Participant<Store>;
  readonly unitOfWork: UnitOfWork<Store>;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly now: () => number;
  /** Called with the ids of open commands that came again. */
  readonly onWoken?: (commandIds: readonly string[]) => void;
  /** Called after each commit: the participant's worker may have new work. */
  readonly onDecided?: () => void;
}

/** Handles one batch of a participant's command channel. */
export function handleCommands<Store>(
  parts: BatchParts<Store>,
  records: readonly InRecord[],
): Promise<Handled> {
  const { contract } = parts.participant;
  return handleRecords(
    { ...parts, parkedBy: contract.name },
    records,
    (record) => receive(contract, record),
    (received, park, time) => decideCommands(parts, received, park, time),
    ({ id, type, sagaId: subject, traceparent }) => ({ id, type, subject, traceparent }),
  );
}

async function decideCommands<Store>(
  parts: BatchParts<Store>,
  received: readonly Received[],
  park: Park,
  time: TimePhase,
): Promise<Decision> {
  const { participant, unitOfWork } = parts;
  const { contract } = participant;
  /** Public events hold their offsets: nobody asks for them again. The inbox repeats a reply when its command comes again. */
  const messages: OutMessage[] = [];
  const recoverable: OutMessage[] = [];
  const parkAndNotify = async (one: Received, error: unknown): Promise<GroupDecision[]> => {
    park(one.record, error);
    recoverable.push(parkedNotice(contract, one, error, parts.now()));
    return [];
  };
  for (const group of cutWhereKeysReturn(received)) {
    const decided = await bisect(
      group,
      (some) => time('transaction', () => decideDurably(parts, some)),
      (error) => isTheirFault(unitOfWork, error),
      parkAndNotify,
    );
    for (const { replies, woken } of decided) {
      recoverable.push(...replies.map((reply) => toMessage(contract, reply)));
      messages.push(...replies.flatMap((reply) => eventsBeside(participant, reply)));
      if (woken.length > 0) parts.onWoken?.(woken);
    }
  }
  parts.onDecided?.();
  return { messages, recoverable, failed: failedIn(received, recoverable) };
}

/** The sagas of undos and of refusals. */
function failedIn(received: readonly Received[], replies: readonly OutMessage[]): Set<string> {
  const undone = received.filter(({ command }) => command.kind !== 'forward').map(({ sagaId }) => sagaId);
  return new Set([...undone, ...replies.filter(({ topic }) => topic === SAGA_REPLIES).map(({ key }) => key)]);
}

/** One transaction, retried whole until it commits, after a lost race as after any transient failure. */
function decideDurably<Store>(
  { participant, unitOfWork, log, ...parts }: BatchParts<Store>,
  group: readonly Received[],
): Promise<GroupDecision[]> {
  const now = () => new Date(parts.now());
  return retryForever(
    () => unitOfWork.transaction(async (open) => [await decideOnce(participant, group, open, now())]),
    (error) => !isTheirFault(unitOfWork, error),
    log,
    'deciding a batch',
  );
}

/** Whether the command itself is at fault: the database refused its data, or a handler threw a TerminalError. */
function isTheirFault(unitOfWork: Pick<UnitOfWork<unknown>, 'isDataFault'>, error: unknown): boolean {
  return error instanceof TerminalError || unitOfWork.isDataFault(error);
}

/** A reply on the topic its contract gives it. */
export function toMessage(contract: Contract, reply: Reply): OutMessage {
  const topic = contract.replies[reply.type]?.topic ?? SAGA_REPLIES;
  return { topic, key: reply.sagaId, value: reply.text };
}

/** The events that the participant publishes beside a reply. */
function eventsBeside(
  { eventsOf }: Pick<Participant<unknown>, 'eventsOf'>,
  { text }: Reply,
): readonly OutMessage[] {
  return eventsOf === undefined ? [] : eventsOf(JSON.parse(text) as Envelope);
}

function parkedNotice(contract: Contract, one: Received, error: unknown, nowMs: number): OutMessage {
  const data = { code: failureCodeOf(error), text: messageOf(error).slice(0, MAX_TEXT) };
  return notice(contract, one, 'parked', data, one.record.offset, nowMs);
}

/** A notice about a command: no reply, so the saga goes on waiting. @param nth its number or name among the command's */
export function notice(
  contract: Contract,
  command: { id: string; sagaId: string; traceparent?: string | null | undefined },
  kind: NoticeKind,
  data: { code: string; text: string; attempt?: number; nextTryAt?: string },
  nth: number | string,
  nowMs: number,
): OutMessage {
  const id = noticeId(command.id, nth);
  const traceparent = continued(command.traceparent ?? undefined, id);
  const value = encode({
    specversion: '1.0',
    id,
    type: noticeType(contract, kind),
    source: `/${contract.name}`,
    time: new Date(nowMs).toISOString(),
    subject: command.sagaId,
    datacontenttype: 'application/json',
    commandid: command.id,
    ...(traceparent !== undefined && { traceparent }),
    data,
  });
  return { topic: SAGA_REPLIES, key: command.sagaId, value };
}
