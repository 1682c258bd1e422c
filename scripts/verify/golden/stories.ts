/** The recorded stories: each an order, its participants' answers, and people's actions. */

/**
 * A participant's answer to a command, by the command's id without the saga's: `refuse`; `silent`: never received;
 * `lost`: executed, the reply is lost; `second`: replied to when it is sent again; `late`: executed and replied to
 * after an undo has found it not executed. Other commands succeed.
 */
export type Answer = 'refuse' | 'silent' | 'lost' | 'second' | 'late';

/** A person's action once the order has reached a state. */
export interface Deed {
  readonly at: string;
  /** Only once the saga is stuck. */
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

  // People's actions, and late successes.
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
