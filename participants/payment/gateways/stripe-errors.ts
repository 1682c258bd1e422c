/** Maps the errors of Stripe's SDK to a refusal or an outage. */
import Stripe from 'stripe';
import { GatewayOutage, GatewayRefusal } from '../gateway.ts';
import type { Refusal } from '../intent.ts';

const MAX_CODE = 100;
const MAX_TEXT = 500;
/** Without `Retry-After`; and a bound on it. */
const DEFAULT_RETRY_AFTER_MS = 1_000;
const MAX_RETRY_AFTER_MS = 60_000;

/** Refusals of a method that Stripe gives no code of their own; its texts name its customers. */
const METHOD_REFUSALS: ReadonlyArray<{ readonly text: RegExp; readonly refusal: Refusal }> = [
  {
    text: /may not be used again/,
    refusal: {
      code: 'method-used-up',
      text: 'This payment method was used before and is saved for nobody: it cannot be used again.',
    },
  },
  {
    text: /belongs? to the Customer/,
    refusal: {
      code: 'method-of-another-customer',
      text: 'This payment method is saved for another customer.',
    },
  },
];

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
  // A 429 of its own kind: another call holds the object's lock.
  if (status === 409 || (status === 429 && code === 'lock_timeout')) {
    return new GatewayOutage('gateway-busy', `the gateway answered ${status}`, { cause });
  }
  if (status === 429) {
    const retryAfterMs = retryAfterOf(cause.headers);
    return new GatewayOutage('gateway-limited', 'the gateway answered 429', { cause, retryAfterMs });
  }
  // The key was used with other parameters, as by another version of the SDK: only another key helps.
  if (status >= 500 || cause instanceof Stripe.errors.StripeIdempotencyError) {
    return new GatewayOutage('gateway-error', `the gateway answered ${status}`, { cause, answered: true });
  }
  // Wrong credentials are the operator's fault: no reason to refuse a customer.
  if (status === 401 || status === 403) {
    return new GatewayOutage('gateway-refuses-key', `the gateway answered ${status} to our key`, { cause });
  }
  const known = METHOD_REFUSALS.find(({ text }) => text.test(message));
  return new GatewayRefusal(known?.refusal ?? refusalOf({ code: code ?? null, message }), { cause });
}

/** How long to wait by `Retry-After`: seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterOf(headers: Readonly<Record<string, string>> | undefined): number {
  const text = headers?.['retry-after'] ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? DEFAULT_RETRY_AFTER_MS : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}
