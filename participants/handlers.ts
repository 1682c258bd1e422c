/**
 * The participants' handlers, each with the store of its tables: for what decides commands outside of a participant's own process (the
 * rewind, the simulation, the ledger's tests). Their twins in memory are in `testing/memory-units.ts`.
 */
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { Participant } from '#runtime/participant.ts';
import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { couponParticipant } from './coupon/redemption/handlers.ts';
import { redemptionStore } from './coupon/redemption/sql-store.ts';
import { inventoryParticipant } from './inventory/handlers.ts';
import { inventoryStore } from './inventory/sql-store.ts';
import { paymentParticipant } from './payment/handlers.ts';
import { paymentStore } from './payment/sql-store.ts';
import { shippingParticipant } from './shipping/handlers.ts';
import { shippingStore } from './shipping/sql-store.ts';

interface Handlers {
  /** Of a store that this list alone knows. */
  readonly participant: Participant<unknown>;
  /** On PostgreSQL. */
  readonly unitOfWork: (db: Database) => UnitOfWork<unknown>;
  /** It calls another system, so that its decision alone makes no reply. */
  readonly answersLater?: true;
}

/** The types see to it that the store is the participant's own; whoever reads the list uses the two together. */
const handlers = <Store>(participant: Participant<Store>, storeOn: (sql: Sql) => Store): Handlers => ({
  participant: participant as Participant<unknown>,
  unitOfWork: (db) => sqlUnitOfWork(db, participant.contract.name, storeOn),
});

/** By the contracts' names. */
export const HANDLERS = {
  inventory: handlers(inventoryParticipant, inventoryStore),
  coupon: handlers(couponParticipant, redemptionStore),
  payment: { ...handlers(paymentParticipant({ gateway: 'none' }), paymentStore), answersLater: true },
  shipping: handlers(shippingParticipant, shippingStore),
} as const satisfies Readonly<Record<string, Handlers>>;

export type ParticipantName = keyof typeof HANDLERS;
export const PARTICIPANT_NAMES = Object.keys(HANDLERS) as ParticipantName[];

/** Makes something for each participant. */
export function ofEach<T>(
  make: (name: ParticipantName, handlers: Handlers) => T,
): Record<ParticipantName, T> {
  const made = PARTICIPANT_NAMES.map((name) => [name, make(name, HANDLERS[name])]);
  return Object.fromEntries(made) as Record<ParticipantName, T>;
}
