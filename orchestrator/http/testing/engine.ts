/** For tests: the real engine on the real database, without Kafka: it handles exactly the messages a test passes. */

import { controlEnvelope } from '#engine/control.ts';
import { readIncoming } from '#engine/read-message.ts';
import { type Brakes, NO_BRAKES } from '#engine/step/brakes.ts';
import { type Definitions, type Outcome, stepBatch } from '#engine/step-batch.ts';
import { engineStore } from '#orchestrator/store/engine-store.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Envelope, InRecord } from '#protocol/envelope.ts';
import { noticeId, replyId } from '#protocol/ids.ts';

/** The start of a saga, or a reply to one of its commands. */
export type Happening =
  | 'order.created'
  | {
      readonly to: string;
      readonly reply: string;
      readonly data?: unknown;
      /** Of a notice: which about its command; the first without it. */
      readonly nth?: number;
    };

export interface Engine {
  /** Handles published records. */
  take(records: readonly InRecord[]): Promise<Outcome>;
  /** Handles messages of one saga, one after the other. */
  happen(sagaId: string, ...happenings: readonly Happening[]): Promise<void>;
}

/** Moves an order to the state in which it awaits its charge. */
export const CHARGING: readonly Happening[] = [
  'order.created',
  { to: 'inventory.reserve', reply: 'inventory.reserved' },
];

/** Moves an order to its end. */
export const COMPLETED: readonly Happening[] = [
  ...CHARGING,
  {
    to: 'payment.charge',
    reply: 'payment.charged',
    data: { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' },
  },
  { to: 'inventory.confirm', reply: 'inventory.confirmed' },
  { to: 'shipping.prepare', reply: 'shipping.prepared', data: { shipmentId: 'sh_1' } },
];

/** @param brakes those in force at the moment */
export function engineOn(
  db: Database,
  definitions: Definitions,
  brakes: () => Brakes = () => NO_BRAKES,
): Engine {
  const store = engineStore(db);
  let offset = 0;
  return {
    take(records) {
      const incoming = records.map((record) => readIncoming([...definitions.values()], record));
      return stepBatch(definitions, store, incoming, Date.now(), { brakes: brakes() });
    },
    async happen(sagaId, ...happenings) {
      for (const happening of happenings) {
        const origin = { topic: 'test', partition: 0, offset: offset++ };
        const envelope = toEnvelope(sagaId, happening);
        await stepBatch(definitions, store, [{ envelope, origin }], Date.now(), { brakes: brakes() });
      }
    },
  };
}

function toEnvelope(sagaId: string, happening: Happening): Envelope {
  if (happening === 'order.created') {
    return controlEnvelope(sagaId, `${sagaId}/order.created`, 'order.created', {}, Date.now());
  }
  const { to, reply, data = {}, nth = 1 } = happening;
  const commandid = `${sagaId}/${to}`;
  const id = /\.(delayed|pending|parked|incident)$/.test(reply)
    ? noticeId(commandid, nth)
    : replyId(commandid);
  return { ...controlEnvelope(sagaId, id, reply, data, Date.now()), commandid };
}
