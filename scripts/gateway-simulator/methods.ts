/** Stripe's test payment methods, as far as the simulator supports them, and the effect of each. */
import type { CardError } from './ledger.ts';

const declined = (decline_code: string): CardError => ({
  code: 'card_declined',
  decline_code,
  message: 'Your card was declined.',
});

const PAYS = [
  'visa',
  'visa_debit',
  'mastercard',
  'mastercard_debit',
  'amex',
  'discover',
  'diners',
  'jcb',
  'unionpay',
];

const DECLINES: Readonly<Record<string, CardError>> = {
  chargeDeclined: declined('generic_decline'),
  visa_chargeDeclined: declined('generic_decline'),
  chargeDeclinedInsufficientFunds: {
    ...declined('insufficient_funds'),
    message: 'Your card has insufficient funds.',
  },
  visa_chargeDeclinedInsufficientFunds: {
    ...declined('insufficient_funds'),
    message: 'Your card has insufficient funds.',
  },
  visa_chargeDeclinedLostCard: declined('lost_card'),
  visa_chargeDeclinedStolenCard: declined('stolen_card'),
  visa_chargeDeclinedFraudulent: declined('fraudulent'),
  visa_chargeDeclinedVelocityLimitExceeded: declined('card_velocity_exceeded'),
  chargeDeclinedExpiredCard: { code: 'expired_card', message: 'Your card has expired.' },
  chargeDeclinedIncorrectCvc: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  chargeDeclinedProcessingError: {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
  authenticationRequired: {
    code: 'authentication_required',
    decline_code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
};

/** The effect of a method: whether it pays, and the outcome of its refunds. */
export interface Method {
  readonly error: CardError | null;
  readonly refund: 'succeeded' | 'pending';
  /** The status that a refund has some time later. */
  readonly refundThen?: 'succeeded' | 'failed';
  /** The charge is disputed as soon as it succeeds. */
  readonly disputed?: true;
}

/** A method by its id; undefined where Stripe has no such method. */
export function methodOf(id: string): Method | undefined {
  const name = id.startsWith('pm_card_') ? id.slice('pm_card_'.length) : '';
  if (PAYS.includes(name)) return { error: null, refund: 'succeeded' };
  if (name === 'refundFail') return { error: null, refund: 'succeeded', refundThen: 'failed' };
  if (name === 'pendingRefund') return { error: null, refund: 'pending', refundThen: 'succeeded' };
  if (name === 'createDispute') return { error: null, refund: 'succeeded', disputed: true };
  const error = DECLINES[name];
  return error && { error, refund: 'succeeded' };
}
