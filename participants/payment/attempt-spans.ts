/** The spans of an attempt at an intent: the attempt under the handling of its command, and each call to the gateway. */
import { handlingOf, isTracing, recordSpan } from '#platform/process/tracing.ts';
import { messageOf } from '#protocol/errors.ts';
import { readTraceparent, spanIdOf, traceIdOfSaga } from '#protocol/trace.ts';
import type { Result } from './attempt-intent.ts';
import type { Gateway } from './gateway.ts';
import type { Intent } from './intent.ts';

interface Call {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly failure: string | undefined;
}

export interface AttemptSpans {
  /** The gateway, whose calls are observed. */
  readonly gateway: Gateway;
  /** Records the attempt where its trace is sampled, where it failed, and where it takes money back. */
  ended(result: Result): void;
}

/** Begins with the attempt. */
export function openAttemptSpans(intent: Intent, gateway: Gateway): AttemptSpans {
  if (!isTracing()) return { gateway, ended: () => {} };
  const startedAt = performance.now();
  const calls: Call[] = [];
  async function observed<T>(name: keyof Gateway, call: () => Promise<T>): Promise<T> {
    const callAt = performance.now();
    let failure: string | undefined;
    try {
      return await call();
    } catch (error) {
      failure = messageOf(error);
      throw error;
    } finally {
      calls.push({ name: `gateway ${name}`, startedAt: callAt, endedAt: performance.now(), failure });
    }
  }
  return {
    gateway: {
      create: (...values) => observed('create', () => gateway.create(...values)),
      retrieve: (...values) => observed('retrieve', () => gateway.retrieve(...values)),
      confirm: (...values) => observed('confirm', () => gateway.confirm(...values)),
      cancel: (...values) => observed('cancel', () => gateway.cancel(...values)),
      moneyOf: (...values) => observed('moneyOf', () => gateway.moneyOf(...values)),
      list: (...values) => observed('list', () => gateway.list(...values)),
      refund: (...values) => observed('refund', () => gateway.refund(...values)),
    },
    ended(result) {
      const { sagaId, commandId, goal, tries, lease } = intent;
      const context = readTraceparent(intent.traceparent ?? undefined);
      const failure = failureOf(result);
      if (context?.isSampled !== true && failure === undefined && goal === 'charge') return;
      const traceId = context?.traceId ?? traceIdOfSaga(sagaId);
      const id = spanIdOf(`${commandId}/attempt/${lease}`);
      recordSpan({
        name: `attempt ${goal}`,
        kind: 'internal',
        ...{ traceId, id, parentId: handlingOf(commandId), startedAt, failure },
        attributes: { 'saga.id': sagaId, 'payment.result': result.kind, 'payment.attempt': tries },
      });
      for (const [nth, call] of calls.entries())
        recordSpan({ kind: 'client', traceId, id: spanIdOf(`${id}/${nth}`), parentId: id, ...call });
    },
  };
}

function failureOf(result: Result): string | undefined {
  if (result.kind === 'later') return result.code === 'refund-pending' ? undefined : result.code;
  if (result.kind === 'declined' || result.kind === 'refundRefused') return result.refusal.code;
  return undefined;
}
