/** A refusal in Stripe's shape. */
import type { Answer } from './ledger.ts';

export type { Answer } from './ledger.ts';

/** An `invalid_request_error`. @param more `code`, `param` and the like */
export function invalid(message: string, more: Record<string, unknown> = {}, status = 400): Answer {
  return { status, error: { type: 'invalid_request_error', message, ...more } };
}
