/** A participant's batch: read, decide in transactions, publish the replies. Bad ones are parked, the rest goes on. */

import { bisect } from '#platform/batching/bisect.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import {
  batchSize,
  messagesHandled,
  publishDuration,
  transactionDuration,
} from '#platform/process/metrics.ts';
import { encode } from '#protocol/codec.ts';
import { type Contract, noticeTypes } from '#protocol/contract.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import type { Envelope, InRecord, OutMessage } from '#protocol/envelope.ts';
import { messageOf, TerminalError } from '#protocol/errors.ts';
import { noticeId } from '#protocol/ids.ts';
import { SAGA_REPLIES } from '#protocol/topics.ts';
import { type Decided, decide, type Reply } from './decide-once.ts';
import type { Participant } from './participant.ts';
import { cutWhereKeysReturn, type Received, receive } from './received-command.ts';
import type { UnitOfWork } from './unit-of-work.ts';

export interface BatchParts<Store> {
  readonly participant: Participant<Store>;
  readonly unitOfWork: UnitOfWork<Store>;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly now: () => number;
  /** Told the ids of open commands that came again. */
  readonly onWoken?: (commandIds: readonly string[]) => void;
  /** Told after each commit: new work may wait for the participant's worker. */
  readonly onDecided?: () => void;
}

/** Handles one batch of a command channel; see `HandleRecords` for what it resolves to. */
export async function handleCommands<Store>(
  parts: BatchParts<Store>,
  records: readonly InRecord[],
): Promise<{ published: Promise<void> }> {
  const { participant, unitOfWork, publisher, log } = parts;
  const { contract } = participant;
  const startedAt = performance.now();
  batchSize.observe(records.length);
  const out: OutMessage[] = [];
  const received: Received[] = [];
  for (const record of records) {
    messagesHandled.inc({ topic: record.topic });
    try {
      received.push(receive(contract, record));
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      log.warn('parked', {
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        reason: error.code,
      });
      out.push(deadLetter(record, error, contract.name, parts.now()));
    }
  }
  const park = async (one: Received, error: unknown): Promise<Decided[]> => {
    log.warn('parked', { topic: one.record.topic, commandId: one.id, error: messageOf(error) });
    out.push(
      deadLetter(one.record, error, contract.name, parts.now()),
      parkedNotice(contract, one, error, parts.now()),
    );
    return [];
  };
  for (const group of cutWhereKeysReturn(received)) {
    const decided = await bisect(
      group,
      (some) => decideDurably(parts, some),
      (error) => isTheirFault(unitOfWork, error),
      park,
    );
    for (const { replies, woken } of decided) {
      out.push(
        ...replies.flatMap((reply) => [toMessage(contract, reply), ...eventsBeside(participant, reply)]),
      );
      if (woken.length > 0) parts.onWoken?.(woken);
    }
  }
  parts.onDecided?.();
  transactionDuration.observe((performance.now() - startedAt) / 1000);
  const publishedFrom = performance.now();
  const published = publisher
    .publish(out)
    .then(() => publishDuration.observe((performance.now() - publishedFrom) / 1000));
  return { published };
}

/** One transaction, tried until it commits: a lost race and every circumstance are tried again, whole. */
function decideDurably<Store>(
  { participant, unitOfWork, log, ...parts }: BatchParts<Store>,
  group: readonly Received[],
): Promise<Decided[]> {
  const now = () => new Date(parts.now());
  return retryForever(
    () => unitOfWork.transaction(async (open) => [await decide(participant, group, open, now())]),
    (error) => !isTheirFault(unitOfWork, error),
    log,
    'deciding a batch',
  );
}

/** A data fault, or a handler that throws TerminalError: the command itself is at fault. */
function isTheirFault(unitOfWork: Pick<UnitOfWork<unknown>, 'isDataFault'>, error: unknown): boolean {
  return error instanceof TerminalError || unitOfWork.isDataFault(error);
}

/** A reply on the topic its contract gives it. */
export function toMessage(contract: Contract, reply: Reply): OutMessage {
  const topic = contract.replies[reply.type]?.topic ?? SAGA_REPLIES;
  return { topic, key: reply.sagaId, value: reply.text };
}

/** What its participant makes public of a reply. */
function eventsBeside(
  { eventsOf }: Pick<Participant<unknown>, 'eventsOf'>,
  { text }: Reply,
): readonly OutMessage[] {
  return eventsOf === undefined ? [] : eventsOf(JSON.parse(text) as Envelope);
}

function parkedNotice(contract: Contract, one: Received, error: unknown, nowMs: number): OutMessage {
  const code = error instanceof TerminalError ? error.code : 'refused-by-database';
  return notice(
    contract,
    one,
    'parked',
    { code, text: messageOf(error).slice(0, 1000) },
    one.record.offset,
    nowMs,
  );
}

/** A notice about a command: trouble, which is not an answer and leaves it awaited. */
export function notice(
  contract: Contract,
  command: { id: string; sagaId: string },
  kind: 'delayed' | 'parked',
  data: { code: string; text: string; attempt?: number; nextTryAt?: string },
  nth: number,
  nowMs: number,
): OutMessage {
  const value = encode({
    specversion: '1.0',
    id: noticeId(command.id, nth),
    type: noticeTypes(contract)[kind],
    source: `/${contract.name}`,
    time: new Date(nowMs).toISOString(),
    subject: command.sagaId,
    datacontenttype: 'application/json',
    commandid: command.id,
    data,
  });
  return { topic: SAGA_REPLIES, key: command.sagaId, value };
}
