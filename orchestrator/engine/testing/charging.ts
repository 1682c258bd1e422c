/** For tests of the sweeper's decisions: an order whose charge was commanded, and brokers on which it was read or was not. */
import { expect } from 'chai';
import { given, inventoryReserved, ORDER_ID } from '#orchestrator/sagas/order/testing/given.ts';
import { RESEND_BACKOFF } from '../recovery/resend-policy.ts';
import { type Brokers, Observer } from './observer.ts';

export const CHARGE = `${ORDER_ID}/payment.charge`;
export const HOUR_MS = 3_600_000;

/** The end of the commands' topic. */
export const SENT = { 'payment-requested': 5 };
export const unread: Brokers = { ends: SENT, reads: { 'payment payment-requested': 4 } };
export const read: Brokers = { ends: SENT, reads: { 'payment payment-requested': 5 } };
export const charging = () => new Observer(given().after(inventoryReserved));

/** The delay before the first resend of a read command. */
export const RESENT_MS = RESEND_BACKOFF.firstMs;
/** How long that resend and its reading take. A time-out needs both. */
export const PROVED_MS = RESENT_MS + 3_000;
export const prove = (observer: Observer, brokers: Brokers) => {
  expect(observer.after(RESENT_MS, brokers).resend).to.have.length(1);
  return observer.after(3_000, brokers);
};
