/** Handles one batch: decode, take durably, publish. Parks bad messages one by one; retries transient failures. */

import { bisect } from '#platform/batching/bisect.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Logger } from '#platform/process/log.ts';
import {
  batchSize,
  messagesHandled,
  publishDuration,
  transactionDuration,
  unmatched as unmatchedCounter,
} from '#platform/process/metrics.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { messageOf, TerminalError } from '#protocol/errors.ts';
import { observeMoves } from './observe.ts';
import type { Outbox, Store } from './ports.ts';
import { readIncoming } from './read-message.ts';
import type { Incoming } from './saga.ts';
import { type Definitions, type Outcome, stepBatch, UNKNOWN_VERSION } from './step-batch.ts';
import { isOutdated, meetUnknown } from './unknown-version.ts';

const PARKED_BY = 'orchestrator';

export interface EngineParts {
  readonly definitions: Definitions;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly log: Logger;
  readonly now: () => number;
  /** Whether the database refused a statement for its data. */
  readonly isDataFault: (error: unknown) => boolean;
}

/** Handles one batch; see `BatchHandler` for what it resolves to. */
export async function handleEngineBatch(
  parts: EngineParts,
  records: readonly InRecord[],
): Promise<{ published: Promise<void> }> {
  const { store, outbox, log } = parts;
  const startedAt = performance.now();
  const nowMs = parts.now();
  batchSize.observe(records.length);
  const byOrigin = new Map<Incoming, InRecord>();
  const letters: OutMessage[] = [];
  for (const record of records) {
    messagesHandled.inc({ topic: record.topic });
    try {
      byOrigin.set(readIncoming([...parts.definitions.values()], record), record);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      log.warn('parked', {
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        reason: error.code,
      });
      letters.push(deadLetter(record, error, PARKED_BY, nowMs));
    }
  }
  const park = async (incoming: Incoming, error: unknown): Promise<Outcome[]> => {
    const record = byOrigin.get(incoming);
    if (record === undefined) throw error;
    const { subject, id, type } = incoming.envelope;
    log.error('parked, and its saga marked stuck', { sagaId: subject, type, error: messageOf(error) });
    await store.raiseIncident(
      subject,
      { code: 'parked', text: `${id} could not be taken: ${messageOf(error)}`, at: null },
      new Date(nowMs),
    );
    // Last, for a failure above has all of this tried again: one letter a message.
    letters.push(deadLetter(record, error, PARKED_BY, nowMs));
    return [];
  };
  const take = async (some: readonly Incoming[]) => [await stepBatch(parts.definitions, store, some, nowMs)];
  const outcomes = await retryForever(
    () => bisect([...byOrigin.keys()], take, parts.isDataFault, park),
    () => true,
    log,
    'taking a batch',
  );
  const out: OutMessage[] = [];
  for (const outcome of outcomes) {
    for (const fault of outcome.faults)
      await retryForever(
        () => park(fault.incoming, fault.error),
        () => true,
        log,
        'parking',
      );
    const unknown = outcome.unmatched.filter(({ reason }) => reason === UNKNOWN_VERSION);
    if (unknown.length > 0) {
      await retryForever(
        () => meetUnknown(parts, unknown, nowMs),
        (error) => !isOutdated(error),
        log,
        'meeting an unknown version',
      );
    }
    if (outcome.unmatched.length > 0) {
      for (const { incoming, reason } of outcome.unmatched) {
        unmatchedCounter.inc({ type: incoming.envelope.type, reason });
        // It has no saga whose history could show it: the log is where it can be seen.
        if (reason === 'unknown-saga') sayUnknown(log, incoming);
      }
      await retryForever(
        () => store.recordUnmatched(outcome.unmatched, new Date(nowMs)),
        () => true,
        log,
        'noting unmatched',
      );
    }
    observeMoves(outcome.moves, nowMs);
    out.push(...outcome.out);
  }
  out.push(...letters);
  transactionDuration.observe((performance.now() - startedAt) / 1000);
  const publishedFrom = performance.now();
  const published = outbox
    .publish(out)
    .then(() => publishDuration.observe((performance.now() - publishedFrom) / 1000));
  return { published };
}

function sayUnknown(log: Logger, { envelope: { subject, type }, origin }: Incoming): void {
  log.throttled(`unknown-saga-${type}`, 'a message for a saga there is not', {
    sagaId: subject,
    type,
    ...origin,
  });
}
