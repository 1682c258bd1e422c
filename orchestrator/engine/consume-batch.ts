/** The engine's batch: writes every saga's move durably, then publishes. Parks messages that it cannot read or step. */
import type { TimePhase } from '#platform/batching/batch-spans.ts';
import { bisect } from '#platform/batching/bisect.ts';
import { type Decision, type Handled, handleRecords, type Park } from '#platform/batching/handle-records.ts';
import { LEAVE_AFTER_MS } from '#platform/batching/publication.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Logger } from '#platform/process/log.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import type { ReplyKeys } from '#protocol/reply-signature.ts';
import { traceIdOf } from '#protocol/trace.ts';
import { externalIncident } from './external-incident.ts';
import { fenceRefusals as fenceRefusalCounter, unmatched as unmatchedCounter } from './metrics.ts';
import { observeMoves } from './observe.ts';
import type { Outbox, Store, Unmatched } from './ports.ts';
import { readIncoming } from './read-message.ts';
import type { Incoming } from './saga.ts';
import type { SagaCache } from './saga-cache.ts';
import type { Brakes } from './step/brakes.ts';
import { type Definitions, type Outcome, stepBatch, UNKNOWN_VERSION } from './step-batch.ts';
import type { Throughput } from './throughput.ts';
import { isOutdated, meetUnknown } from './unknown-version.ts';

const PARKED_BY = 'orchestrator';

export interface EngineParts {
  readonly definitions: Definitions;
  readonly store: Store;
  /** This process's own: batches that are handled at the same time share it. */
  readonly cache: SagaCache;
  readonly outbox: Outbox;
  readonly log: Logger;
  readonly now: () => number;
  /** The brakes in force at the moment; none without it. */
  readonly brakes?: () => Brakes;
  /** The participants' keys of the moment; absent where they do not sign. */
  readonly replyKeys?: () => ReplyKeys;
  /** Counts durable moves, for the report of this process. */
  readonly throughput?: Pick<Throughput, 'count'>;
  /** Whether the database refused a statement for its data. */
  readonly isDataFault: (error: unknown) => boolean;
}

/** A message with the record that brought it. */
interface Received {
  readonly record: InRecord;
  readonly incoming: Incoming;
}

/**
 * Handles one batch of the engine's topics.
 * @throws RetryableError when another live engine supports a version that this build lacks: this process must end
 */
export function handleEngineBatch(parts: EngineParts, records: readonly InRecord[]): Promise<Handled> {
  const { outbox, log, now } = parts;
  const definitions = [...parts.definitions.values()];
  const keys = parts.replyKeys?.() ?? null;
  return handleRecords(
    { parkedBy: PARKED_BY, publisher: outbox, log, now },
    records,
    (record): Received => ({ record, incoming: readIncoming(definitions, record, keys) }),
    (received, park, time) => moveSagas(parts, received, park, time),
    ({ incoming }) => incoming.envelope,
  );
}

/** Writes the sagas' moves; resolves with the messages that follow from them. */
async function moveSagas(
  parts: EngineParts,
  received: readonly Received[],
  park: Park,
  time: TimePhase,
): Promise<Decision> {
  const { store, log } = parts;
  const nowMs = parts.now();
  const recordOf = new Map(received.map(({ record, incoming }) => [incoming, record]));
  const parkAndRaise = async (incoming: Incoming, error: unknown): Promise<Outcome[]> => {
    const record = recordOf.get(incoming);
    if (record === undefined) throw error;
    const { subject, id, type, traceparent } = incoming.envelope;
    log.error('saga-message-parked', {
      sagaId: subject,
      trace: traceIdOf(subject, traceparent),
      type,
      error: messageOf(error),
    });
    const text = `${id} was parked: ${messageOf(error)}`;
    await store.raiseIncident(subject, externalIncident('parked', text, null), new Date(nowMs));
    park(record, error);
    return [];
  };
  const take = async (some: readonly Incoming[]) => [
    await stepBatch(parts.definitions, store, some, nowMs, {
      ...{ time, cache: parts.cache },
      ...(parts.brakes && { brakes: parts.brakes() }),
    }),
  ];
  const outcomes = await retryForever(
    () => bisect([...recordOf.keys()], take, parts.isDataFault, parkAndRaise),
    () => true,
    log,
    'moving sagas',
  );
  const channels = new Set(
    [...parts.definitions.values()].flatMap(({ contracts }) => contracts.map(({ channel }) => channel)),
  );
  const messages: OutMessage[] = [];
  const failed = new Set<string>();
  for (const { faults, unmatched, repeats, moves, out, fenceRefusals } of outcomes) {
    fenceRefusalCounter.inc(fenceRefusals);
    for (const { incoming, error } of faults) {
      const parking = () => parkAndRaise(incoming, error);
      await retryForever(parking, () => true, log, 'parking a message');
    }
    if (unmatched.length + repeats.length > 0) await recordUnmatched(parts, unmatched, repeats, nowMs);
    observeMoves(moves, nowMs);
    parts.throughput?.count(moves, nowMs);
    for (const { after } of moves)
      if (after.stuck !== null || after.status === 'compensating' || after.status === 'failed')
        failed.add(after.id);
    messages.push(...out);
  }
  // The sweeper sends a command again until it is answered; nothing but the redelivered record publishes an event again.
  const isCommand = ({ topic }: OutMessage) => channels.has(topic);
  return {
    messages: messages.filter((message) => !isCommand(message)),
    recoverable: messages.filter(isCommand),
    leaveAfterMs: LEAVE_AFTER_MS,
    failed,
  };
}

/** Records the messages that matched nothing, once no other live engine could match them, and the repeats. */
async function recordUnmatched(
  { store, log, definitions }: EngineParts,
  unmatched: readonly Unmatched[],
  repeats: readonly Unmatched[],
  nowMs: number,
): Promise<void> {
  const unknown = unmatched.filter(({ reason }) => reason === UNKNOWN_VERSION);
  if (unknown.length > 0) {
    const commands = [...definitions.values()].flatMap(({ contracts }) =>
      contracts.flatMap((contract) => Object.values(contract.commands)),
    );
    const isRefusal = (type: string) => commands.some(({ refusal }) => refusal === type);
    const meeting = () => meetUnknown({ store, log, isRefusal }, unknown, nowMs);
    await retryForever(meeting, (error) => !isOutdated(error), log, 'handling an unknown version');
  }
  for (const { incoming, reason } of unmatched) {
    unmatchedCounter.inc({ type: incoming.envelope.type, reason });
    // No saga's history can show it: only the log does.
    if (reason === 'unknown-saga') warnOfUnknownSaga(log, incoming);
  }
  const recording = () => store.recordUnmatched([...unmatched, ...repeats], new Date(nowMs));
  await retryForever(recording, () => true, log, 'recording unmatched messages');
}

function warnOfUnknownSaga(log: Logger, { envelope, origin }: Incoming): void {
  const { subject, type, traceparent } = envelope;
  log.throttled(`unknown-saga-${type}`, 'saga-unknown', {
    sagaId: subject,
    trace: traceIdOf(subject, traceparent),
    type,
    ...origin,
  });
}
