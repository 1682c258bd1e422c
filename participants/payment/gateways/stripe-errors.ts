/** Sorts the errors of Stripe's SDK: a final no, or a call whose outcome is not known. */
import Stripe from 'stripe';
import { GatewayOutage, GatewayRefusal } from '../gateway.ts';
import type { Refusal } from '../intent.ts';

const MAX_CODE = 100;
const MAX_TEXT = 500;

/** A code and a text of Stripe's as they may be shown: one line, bounded, without anything like a card number. */
export function refusalOf(said: {
  code?: string | null | undefined;
  message?: string | null | undefined;
}): Refusal {
  const text = shown(said.message ?? '', MAX_TEXT);
  return { code: shown(said.code ?? '', MAX_CODE) || 'refused', ...(text !== '' && { text }) };
}

function shown(text: string, max: number): string {
  return text
    .slice(0, max)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\d[\d -]{6,}\d/g, '…');
}

/** The error to throw for one that a call threw. */
export function gatewayError(cause: unknown): Error {
  if (!(cause instanceof Stripe.errors.StripeError))
    return cause instanceof Error ? cause : new Error(String(cause));
  const { statusCode: status, code, message } = cause;
  if (cause instanceof Stripe.errors.StripeConnectionError || status === undefined) {
    const timedOut = /timeout/.test(message);
    return new GatewayOutage(
      timedOut ? 'gateway-timed-out' : 'gateway-unreachable',
      'no answer from the gateway',
      {
        cause,
      },
    );
  }
  if (status === 409 || status === 429) {
    return new GatewayOutage('gateway-busy', `the gateway answered ${status}`, { cause });
  }
  // Other parameters under a known key (another version of the SDK, say): only another key helps.
  if (status >= 500 || cause instanceof Stripe.errors.StripeIdempotencyError) {
    return new GatewayOutage('gateway-error', `the gateway answered ${status}`, { cause, answered: true });
  }
  // Our own credentials are at fault: no reason to refuse a customer.
  if (status === 401 || status === 403) {
    return new GatewayOutage('gateway-refuses-key', `the gateway answered ${status} to our key`, { cause });
  }
  return new GatewayRefusal(refusalOf({ code: code ?? null, message }), { cause });
}
