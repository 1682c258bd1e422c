/** Maps the errors of Stripe's SDK to a refusal or an outage. */
import Stripe from 'stripe';
import { GatewayOutage, GatewayRefusal } from '../gateway.ts';
import type { Refusal } from '../intent.ts';

const MAX_CODE = 100;
const MAX_TEXT = 500;

/** Stripe's code and text, safe to show: one bounded line without anything like a card number. */
export function refusalOf(error: {
  code?: string | null | undefined;
  message?: string | null | undefined;
}): Refusal {
  const text = shown(error.message ?? '', MAX_TEXT);
  return { code: shown(error.code ?? '', MAX_CODE) || 'refused', ...(text !== '' && { text }) };
}

function shown(text: string, max: number): string {
  return text
    .slice(0, max)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\d[\d -]{6,}\d/g, '…');
}

/** The port's error for an error of the SDK. */
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
  // A known key came with other parameters (from another version of the SDK, say): only another key helps.
  if (status >= 500 || cause instanceof Stripe.errors.StripeIdempotencyError) {
    return new GatewayOutage('gateway-error', `the gateway answered ${status}`, { cause, answered: true });
  }
  // Wrong credentials are the operator's fault: no reason to refuse a customer.
  if (status === 401 || status === 403) {
    return new GatewayOutage('gateway-refuses-key', `the gateway answered ${status} to our key`, { cause });
  }
  return new GatewayRefusal(refusalOf({ code: code ?? null, message }), { cause });
}
