/** Handles one batch of Kafka records: decodes each, parks the unreadable, decides the rest, publishes the messages. */
import { deadLetter } from '#protocol/dead-letter.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { failureCodeOf, messageOf, terminalOf } from '#protocol/errors.ts';
import type { Logger } from '../process/log.ts';
import { Counter, Histogram, registry, SECONDS } from '../process/metrics.ts';
import { type Handling, openBatchSpans, type TimePhase, type Traceable } from './batch-spans.ts';
import { type MessagePublisher, settlesWithin, startPublishing } from './publication.ts';

const registers = [registry];
const messagesHandled = new Counter({
  name: 'messages_handled_total',
  help: 'Records handled, by topic',
  labelNames: ['topic'] as const,
  registers,
});
const deadLetters = new Counter({
  name: 'dead_letters_total',
  help: 'Records parked, by topic and reason',
  labelNames: ['topic', 'reason'] as const,
  registers,
});
const batchSize = new Histogram({
  name: 'batch_size',
  help: 'Records in a batch',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
  registers,
});
const transactionDuration = new Histogram({
  name: 'batch_transaction_seconds',
  help: 'Time from receiving a batch to its commit',
  buckets: SECONDS,
  registers,
});
const publishDuration = new Histogram({
  name: 'batch_publish_seconds',
  help: "Time from a batch's commit to the acknowledgement of its messages",
  buckets: SECONDS,
  registers,
});

export interface RecordParts {
  /** Names this process in its dead letters. */
  readonly parkedBy: string;
  readonly publisher: MessagePublisher;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
}

/** Parks a record: publishes its bytes to `dead-letters` with the batch's messages. Parks a record once. */
export type Park = (record: InRecord, cause: unknown) => void;

/** A batch's decision, once it is durable. */
export interface Decision {
  /** They hold the offsets of their records until they are acknowledged. */
  readonly messages: readonly OutMessage[];
  /** Messages that something durable sends again: they may be left when they hold too much. */
  readonly recoverable?: readonly OutMessage[];
  /** After this the recoverable messages are left in any case; without it only when too much waits behind them. */
  readonly leaveAfterMs?: number;
  /** Work of the batch still under way: its offsets wait for it as well. */
  readonly pending?: Promise<unknown>;
  /** Subjects of messages that show a failure: their spans are recorded, also where their trace was not chosen. */
  readonly failed?: ReadonlySet<string>;
}

/** A handled batch; the consumer may commit the offsets of its records as their messages are acknowledged. */
export interface Handled {
  readonly published: Promise<void>;
  /** The partitions (`topic/partition`) of the records whose messages are not acknowledged. */
  readonly unpublished: () => ReadonlySet<string>;
  /** Leaves the recoverable messages. */
  readonly leave: () => void;
}

/**
 * Handles one batch. Publishes only after `decide` resolved, so that no message leaves before its commit.
 * @param decode turns a record into an item; pure: whatever it throws parks the record
 * @param decide makes the decision on the items durable; it bisects and parks items that the database refuses; `time` runs
 *   a part of its work that traces show
 * @param messageIn the message in an item, for its trace
 * @throws whatever `decide` throws: then nothing is published
 */
export async function handleRecords<Item>(
  { parkedBy, publisher, log, now }: RecordParts,
  records: readonly InRecord[],
  decode: (record: InRecord) => Item,
  decide: (items: readonly Item[], park: Park, time: TimePhase) => Promise<Decision>,
  messageIn: (item: Item) => Traceable | null = () => null,
): Promise<Handled> {
  const startedAt = performance.now();
  const spans = openBatchSpans(parkedBy);
  batchSize.observe(records.length);
  const letters = new Map<InRecord, OutMessage>();
  const park: Park = (record, cause) => {
    if (letters.has(record)) return;
    const { topic, partition, offset } = record;
    const reason = failureCodeOf(cause);
    log.warn('record-parked', { topic, partition, offset, reason, error: messageOf(cause) });
    deadLetters.inc({ topic, reason });
    letters.set(record, deadLetter(record, cause, parkedBy, now()));
  };
  const items: Item[] = [];
  const handlings: Handling[] = [];
  for (const record of records) {
    messagesHandled.inc({ topic: record.topic });
    try {
      const item = decode(record);
      items.push(item);
      handlings.push({ record, message: messageIn(item) });
    } catch (error) {
      park(record, terminalOf(error));
    }
  }
  const decision = await decide(items, park, spans.time);
  const { messages, recoverable = [], leaveAfterMs, pending, failed = new Set() } = decision;
  const committedAt = performance.now();
  spans.decided(handlings, failed);
  transactionDuration.observe((committedAt - startedAt) / 1000);
  const holding = startPublishing(publisher, [...letters.values(), ...messages]);
  const leavable = startPublishing(publisher, recoverable);
  if (leaveAfterMs !== undefined && recoverable.length > 0)
    void settlesWithin(leavable.settled, leaveAfterMs).then((inTime) => inTime || leavable.leave());
  let isPending = pending !== undefined;
  const work = pending?.then(() => {
    isPending = false;
  });
  const acknowledged = Promise.all([holding.settled, leavable.settled]).then(() => {
    publishDuration.observe((performance.now() - committedAt) / 1000);
    spans.published([...messages, ...recoverable], committedAt);
  });
  return {
    published: Promise.all([acknowledged, work]).then(() => {}),
    unpublished: () =>
      isPending
        ? new Set(records.map(placeOf))
        : sourcesOf([...holding.missing(), ...leavable.missing()], records),
    leave: leavable.leave,
  };
}

/** The partitions of the records that messages follow from: those with their key, or all, because no record has it. */
function sourcesOf(messages: readonly OutMessage[], records: readonly InRecord[]): Set<string> {
  if (messages.length === 0) return new Set();
  const byKey = Map.groupBy(records, ({ key }) => key ?? '');
  return new Set(messages.flatMap(({ key }) => (byKey.get(key) ?? records).map(placeOf)));
}

/** As the batch loop names a partition. */
function placeOf({ topic, partition }: InRecord): string {
  return `${topic}/${partition}`;
}
