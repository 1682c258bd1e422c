/** The spans of a batch: each traced message's handling, the phases it shares with its batch, and the messages that follow. */
import type { Envelope, InRecord, OutMessage } from '#protocol/envelope.ts';
import { SAGA_REPLIES } from '#protocol/topics.ts';
import { readTraceparent, spanIdOf, traceIdOfSaga } from '#protocol/trace.ts';
import { handlingOf, isTracing, recordSpan, traceOfMessage } from '../process/tracing.ts';

/** What a span needs to know of a message. */
export interface Traceable {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly traceparent?: string | undefined;
}

/** A handled record, with its message where it is known. */
export interface Handling {
  readonly record: InRecord;
  readonly message: Traceable | null;
}

/** Runs a part of a batch's work, and keeps when it began and ended. */
export type TimePhase = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export interface BatchSpans {
  readonly time: TimePhase;
  /**
   * Records the spans of a batch that is decided.
   * @param failed subjects whose traces are recorded whether they were chosen or not
   */
  decided(handlings: readonly Handling[], failed: ReadonlySet<string>): void;
  /** Records the spans of the messages that followed from it, once they are acknowledged. */
  published(messages: readonly OutMessage[], startedAt: number): void;
}

interface Phase {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Begins with the batch. @param handledBy names the process */
export function openBatchSpans(handledBy: string): BatchSpans {
  const startedAt = performance.now();
  const phases: Phase[] = [];
  /** By key: where the messages that follow belong. */
  const traces = new Map<string, { traceId: string; parentId: string }>();
  return {
    async time(name, work) {
      if (!isTracing()) return work();
      const phaseAt = performance.now();
      try {
        return await work();
      } finally {
        phases.push({ name, startedAt: phaseAt, endedAt: performance.now() });
      }
    },
    decided(handlings, failed) {
      if (!isTracing()) return;
      const endedAt = performance.now();
      for (const { record, message } of handlings) {
        if (message === null) continue;
        const hasFailed = failed.has(message.subject);
        const context = message.traceparent === undefined ? null : readTraceparent(message.traceparent);
        if (context?.isSampled !== true && !hasFailed) continue;
        const { traceId, id, parentId } = traceOfMessage(message, context);
        traces.set(record.key ?? '', { traceId, parentId: id });
        recordSpan({
          name: `handle ${message.type}`,
          kind: 'consumer',
          ...{ traceId, id, parentId, startedAt, endedAt },
          attributes: {
            'messaging.system': 'kafka',
            'messaging.operation.type': 'process',
            'messaging.destination.name': record.topic,
            'messaging.destination.partition.id': String(record.partition),
            'messaging.kafka.offset': record.offset,
            'messaging.message.id': message.id,
            'messaging.batch.message_count': handlings.length,
            'saga.id': message.subject,
            'saga.handled_by': handledBy,
          },
        });
        for (const [nth, phase] of phases.entries())
          recordSpan({ kind: 'internal', traceId, id: spanIdOf(`${id}/${nth}`), parentId: id, ...phase });
      }
    },
    published(messages, sentAt) {
      if (!isTracing() || traces.size === 0) return;
      for (const { topic, key, value } of messages) {
        const trace = traces.get(key);
        if (trace === undefined) continue;
        const { id, type } = JSON.parse(String(value)) as Traceable;
        recordPublished({ ...trace, topic, id, type, startedAt: sentAt });
      }
    },
  };
}

/** Records the spans of late replies: sent by no batch, but by the work that followed the handling of their commands. */
export function recordReplies(replies: readonly OutMessage[], startedAt: number): void {
  if (!isTracing()) return;
  for (const { topic, value } of replies) {
    const text = String(value);
    // Of a hundred replies one is traced: the others are not worth reading.
    if (topic !== SAGA_REPLIES && !text.includes('"traceparent"')) continue;
    const { id, type, subject, traceparent, commandid } = JSON.parse(text) as Envelope;
    const context = readTraceparent(traceparent);
    if (commandid === undefined || (context?.isSampled !== true && topic !== SAGA_REPLIES)) continue;
    const traceId = context?.traceId ?? traceIdOfSaga(subject);
    recordPublished({ traceId, parentId: handlingOf(commandid), topic, id, type, startedAt });
  }
}

/** Records the span that sent a message, once it is acknowledged. */
export function recordPublished(sent: {
  readonly traceId: string;
  readonly parentId: string;
  readonly topic: string;
  readonly id: string;
  readonly type: string;
  readonly startedAt: number;
}): void {
  const { traceId, parentId, topic, id, type, startedAt } = sent;
  recordSpan({
    name: `publish ${type}`,
    kind: 'producer',
    ...{ traceId, parentId, startedAt },
    id: spanIdOf(id),
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      'messaging.message.id': id,
    },
  });
}
