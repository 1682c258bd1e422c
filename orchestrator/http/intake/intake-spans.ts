/** The spans of intake: the group commit that stored a saga, and the message that starts it. */
import type { Birth } from '#orchestrator/store/intake-store.ts';
import { recordPublished, type Traceable } from '#platform/batching/batch-spans.ts';
import { isTracing, recordSpan } from '#platform/process/tracing.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { readTraceparent, spanIdOf } from '#protocol/trace.ts';

type Born = Pick<Birth, 'id' | 'traceparent'>;

/** Records the commit of a group, in the trace of each of its sagas. */
export function recordCommit(born: readonly Born[], groupSize: number, startedAt: number): void {
  for (const { id, trace } of sampled(born))
    recordSpan({
      name: 'group commit',
      kind: 'internal',
      traceId: trace.traceId,
      id: spanIdOf(`${id}/group commit`),
      parentId: trace.spanId,
      startedAt,
      attributes: { 'saga.id': id, 'group.size': groupSize },
    });
}

/** Records the publication of the messages that start sagas, once it has ended. @param late those not acknowledged in time */
export function recordStarts(
  born: readonly Born[],
  messages: readonly OutMessage[],
  late: ReadonlySet<OutMessage>,
  startedAt: number,
): void {
  const traces = new Map(sampled(born).map(({ id, trace }) => [id, trace]));
  for (const message of messages) {
    const { topic, key, value } = message;
    const trace = traces.get(key);
    if (trace === undefined || late.has(message)) continue;
    const { id, type } = JSON.parse(String(value)) as Traceable;
    recordPublished({ traceId: trace.traceId, parentId: trace.spanId, topic, id, type, startedAt });
  }
}

function sampled(born: readonly Born[]) {
  if (!isTracing()) return [];
  return born.flatMap(({ id, traceparent }) => {
    const trace = readTraceparent(traceparent);
    return trace?.isSampled === true ? [{ id, trace }] : [];
  });
}
