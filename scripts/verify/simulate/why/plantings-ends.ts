/** Plantings of ends: why a saga has ended as it has. */
import { acts, charged, finds, notes, seconds, starts, until } from './moves.ts';
import { COUPON } from './planted-processes.ts';
import type { Planting } from './planting.ts';

export const ENDS: readonly Planting[] = [
  {
    name: 'everything goes well',
    moves: [until('completed')],
    cause: 'completed',
    says: /^Completed at 12:00:\d\d UTC, .* after it was accepted\.$/,
  },
  {
    name: 'the item is sold out',
    order: { items: [{ sku: 'SKU-2', quantity: 1 }] },
    moves: [until('failed')],
    cause: 'refused',
    says: /inventory answered inventory\.refused \(sold-out\)/,
  },
  {
    name: 'the card is declined',
    order: { payment: { method: 'pm_card_chargeDeclined' } },
    moves: [until('failed')],
    cause: 'refused',
    says: /payment answered payment\.declined \(card_declined\)/,
  },
  {
    name: 'the country is not served',
    order: { shippingAddress: { country: 'AQ' } },
    moves: [until('failed')],
    cause: 'refused',
    says: /shipping answered shipping\.refused \(country-not-served\): We do not ship to AQ/,
  },
  {
    name: 'the coupon is somebody else’s',
    order: { customerId: 'customer-2', couponId: COUPON },
    moves: [until('failed')],
    cause: 'refused',
    says: /coupon answered coupon\.refused/,
  },
  {
    name: 'the charge is never answered, and its undo is',
    options: { hurried: true, silent: ['payment'] },
    moves: [
      until('compensating.refundingPayment'),
      finds('payment.refunded', 'not-executed'),
      until('failed'),
    ],
    cause: 'timed-out',
    says: /the step charge was not answered in time/,
  },
  {
    name: 'the customer cancels',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      acts('cancel'),
      until('compensating.refundingPayment'),
      finds('payment.refunded', 'not-executed'),
      until('failed'),
    ],
    cause: 'cancelled',
    says: /failed: cancelled: a test of reasons/i,
  },
  {
    name: 'a person takes it back',
    options: { without: ['shipping'] },
    moves: [until('preparingShipping'), acts('compensate'), starts('shipping'), until('failed')],
    cause: 'compensated',
    says: /taken back by a person: a test of reasons/,
  },
  {
    name: 'payment reports after the end that a refund came back',
    order: { shippingAddress: { country: 'AQ' } },
    moves: [
      until('failed'),
      notes('payment.incident', 'payment.refund', 'refund-failed', 're_1: failed'),
      seconds(2),
    ],
    cause: 'ended-with-incident',
    says: /Failed at .*something is open; it has the incident refund-failed/,
  },
  {
    name: 'a charge that was given up succeeds after the end, and its undo is not answered',
    options: { hurried: true, silent: ['payment'] },
    moves: [
      until('compensating.refundingPayment'),
      finds('payment.refunded', 'not-executed'),
      until('failed'),
      charged,
      seconds(1),
    ],
    cause: 'ended-with-incident',
    says: /incident late-success: .*the answer to .*payment\.refund#2 is still to come/,
  },
];
