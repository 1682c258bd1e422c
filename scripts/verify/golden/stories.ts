/** The histories that are kept: each an order, what its participants do about its commands, and what people do. */

/**
 * What a participant does about a command, by its id without the saga's: `refuse`; `silent`: it never hears of it;
 * `lost`: it does it and says nothing; `second`: it says so when it is sent again; `late`: it does it, and says so, once
 * an undo has found it void. What is not named succeeds.
 */
export type Answer = 'refuse' | 'silent' | 'lost' | 'second' | 'late';

/** What a person does once the order stands in a state. */
export interface Deed {
  readonly at: string;
  /** Only once it is marked stuck. */
  readonly stuck?: true;
  readonly does: 'retry' | 'compensate' | 'cancel';
}

export interface Story {
  readonly name: string;
  readonly coupon?: true;
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly deeds?: readonly Deed[];
  readonly ends: 'completed' | 'failed';
}

const stuckThen = (at: string, does: Deed['does']): Deed[] => [{ at, stuck: true, does }];

export const STORIES: readonly Story[] = [
  { name: 'forward', ends: 'completed' },
  { name: 'forward-with-coupon', coupon: true, ends: 'completed' },

  // Each refusal.
  { name: 'reserve-refused', answers: { 'inventory.reserve': 'refuse' }, ends: 'failed' },
  { name: 'redeem-refused', coupon: true, answers: { 'coupon.redeem': 'refuse' }, ends: 'failed' },
  { name: 'charge-refused', answers: { 'payment.charge': 'refuse' }, ends: 'failed' },
  {
    name: 'charge-refused-with-coupon',
    coupon: true,
    answers: { 'payment.charge': 'refuse' },
    ends: 'failed',
  },
  {
    name: 'ship-refused-with-coupon',
    coupon: true,
    answers: { 'shipping.prepare': 'refuse' },
    ends: 'failed',
  },
  { name: 'confirm-refused', answers: { 'inventory.confirm': 'refuse' }, ends: 'failed' },
  { name: 'ship-refused', answers: { 'shipping.prepare': 'refuse' }, ends: 'failed' },
  {
    name: 'release-refused-then-retried',
    answers: { 'payment.charge': 'refuse', 'inventory.release': 'refuse' },
    deeds: stuckThen('compensating.releasingInventory', 'retry'),
    ends: 'failed',
  },
  {
    name: 'restore-refused-then-retried',
    coupon: true,
    answers: { 'payment.charge': 'refuse', 'coupon.restore': 'refuse' },
    deeds: stuckThen('compensating.restoringCoupon', 'retry'),
    ends: 'failed',
  },
  {
    name: 'refund-refused-then-retried',
    answers: { 'shipping.prepare': 'refuse', 'payment.refund': 'refuse' },
    deeds: stuckThen('compensating.refundingPayment', 'retry'),
    ends: 'failed',
  },

  // Each unknown outcome.
  { name: 'reserve-unanswered', answers: { 'inventory.reserve': 'silent' }, ends: 'failed' },
  { name: 'redeem-unanswered', coupon: true, answers: { 'coupon.redeem': 'lost' }, ends: 'failed' },
  { name: 'charge-unanswered', answers: { 'payment.charge': 'lost' }, ends: 'failed' },
  {
    name: 'confirm-unanswered-then-retried',
    answers: { 'inventory.confirm': 'second' },
    deeds: stuckThen('confirmingInventory', 'retry'),
    ends: 'completed',
  },
  {
    name: 'ship-unanswered-then-compensated',
    answers: { 'shipping.prepare': 'lost' },
    deeds: stuckThen('preparingShipping', 'compensate'),
    ends: 'failed',
  },
  {
    name: 'refund-unanswered-then-retried',
    answers: { 'shipping.prepare': 'refuse', 'payment.refund': 'second' },
    deeds: stuckThen('compensating.refundingPayment', 'retry'),
    ends: 'failed',
  },

  // People, and what comes too late.
  {
    name: 'cancelled-while-charging',
    answers: { 'payment.charge': 'lost' },
    deeds: [{ at: 'chargingPayment', does: 'cancel' }],
    ends: 'failed',
  },
  {
    name: 'compensated-while-reserving',
    answers: { 'inventory.reserve': 'lost' },
    deeds: [{ at: 'reservingInventory', does: 'compensate' }],
    ends: 'failed',
  },
  {
    name: 'compensated-while-redeeming',
    coupon: true,
    answers: { 'coupon.redeem': 'lost' },
    deeds: [{ at: 'redeemingCoupon', does: 'compensate' }],
    ends: 'failed',
  },
  { name: 'redeemed-too-late', coupon: true, answers: { 'coupon.redeem': 'late' }, ends: 'failed' },
  { name: 'reserved-too-late', answers: { 'inventory.reserve': 'late' }, ends: 'failed' },
  { name: 'charged-too-late', answers: { 'payment.charge': 'late' }, ends: 'failed' },
];
