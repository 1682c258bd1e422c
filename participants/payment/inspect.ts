/**
 * Reads one payment at the gateway and writes its money into the ledger. A webhook and a list are hints to inspect: what
 * counts is the state that the gateway then answers, so a hint that is repeated, late or false changes nothing.
 */
import { retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { handlingOf, isTracing, recordSpan } from '#platform/process/tracing.ts';
import { spanIdOf, traceIdOfSaga } from '#protocol/trace.ts';
import { notice } from '#runtime/handle-batch.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { payment } from './contract.ts';
import type { Gateway } from './gateway.ts';
import type { IntentKey } from './intent.ts';
import { moneyIncidents } from './metrics.ts';
import { recordInspection } from './record-reversals.ts';
import type { Money } from './reversal.ts';
import type { PaymentStore } from './store.ts';

/** The most incidents that one statement reads. */
const MAX_INCIDENTS = 100;

export interface InspectorParts {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly publisher: Publisher;
  readonly gateway: Gateway;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
}

export interface Inspector {
  /**
   * Reads a payment by its id at the gateway, and records its money.
   * @returns whether it is a charge of ours
   * @throws GatewayOutage, GatewayRefusal: nothing is known then
   */
  inspect(paymentId: string): Promise<boolean>;
  /** Publishes the incidents that are not published yet. */
  publishIncidents(): Promise<void>;
}

export function createInspector({ unitOfWork, publisher, gateway, log, now }: InspectorParts): Inspector {
  const retrying = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    retryForever(work, (error) => !unitOfWork.isDataFault(error), log, what);

  return {
    async inspect(paymentId) {
      const readAt = new Date(now());
      const startedAt = performance.now();
      const money = await gateway.moneyOf(paymentId);
      const { key } = money;
      if (key === null) return false;
      await retrying('recording money that went back', () =>
        unitOfWork.transaction(async ({ store }) => {
          const times = { readAt, now: new Date(now()) };
          const isKnown = await recordInspection(store, key, money, times);
          const charge = isKnown ? await store.lockCharge(key) : null;
          const isCharged = charge !== null && charge.outcome !== 'declined';
          if (!isCharged && money.received > 0)
            await store.insertIncidents([unknownCharge(key, paymentId, money)], times.now);
        }),
      );
      recordInspected(key, paymentId, startedAt);
      return true;
    },

    async publishIncidents() {
      for (;;) {
        const due = await retrying('reading incidents', () =>
          unitOfWork.alone((store) => store.readUnpublished(MAX_INCIDENTS)),
        );
        if (due.length === 0) return;
        await publisher.publish(
          due.map(({ sagaId, commandId, traceparent, id, code, text }) =>
            notice(payment, { id: commandId, sagaId, traceparent }, 'incident', { code, text }, id, now()),
          ),
        );
        await retrying('recording incidents', () =>
          unitOfWork.alone((store) => store.recordPublished(due, new Date(now()))),
        );
        for (const { code, sagaId } of due) {
          moneyIncidents.inc({ code });
          log.warn('money-incident', { code, sagaId });
        }
        if (due.length < MAX_INCIDENTS) return;
      }
    },
  };
}

/** Money moves seldom: each inspection is recorded. Where the caller brought a trace, it is one beside that. */
function recordInspected({ sagaId, commandId }: IntentKey, paymentId: string, startedAt: number): void {
  if (!isTracing()) return;
  recordSpan({
    name: 'inspect a payment at the gateway',
    kind: 'client',
    traceId: traceIdOfSaga(sagaId),
    id: spanIdOf(`${paymentId}/inspected/${startedAt}`),
    parentId: handlingOf(commandId),
    startedAt,
    attributes: { 'saga.id': sagaId },
  });
}

/** The gateway holds money for a command that, by our records, took none. */
function unknownCharge(key: IntentKey, paymentId: string, { received }: Money) {
  const text = `the gateway received ${received} (minor units) in ${paymentId}, and payment has no such charge`;
  return { ...key, id: `unknown-charge-${paymentId}`, code: 'unknown-charge', text };
}
