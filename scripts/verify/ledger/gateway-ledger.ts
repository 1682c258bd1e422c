/** Reads the gateway simulator's ledger: the other side of every charge and refund. */
import { createInterface } from 'node:readline/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { fromStripeAmount } from '#participants/payment/gateways/stripe-amounts.ts';
import type { OrderSum, ReversalEntry } from '#scripts/gateway-simulator/sums.ts';

/** One order's money as the gateway has it, amounts in ISO's minor unit, as our tables have them. */
export interface GatewayLedger {
  readonly orderId: string;
  readonly currency: string;
  readonly charged: number;
  readonly refunded: number;
  readonly reversals: readonly GatewayReversal[];
}

/** A refund or a dispute as the gateway has it. */
export interface GatewayReversal {
  readonly id: string;
  readonly kind: 'refund' | 'dispute';
  readonly amount: number;
  readonly state: 'pending' | 'settled' | 'failed';
  /** ms since 1970, as `changedAt`. */
  readonly createdAt: number;
  /** When it took its present state. */
  readonly changedAt: number;
}

const ANSWERS_WITHIN_MS = 120_000;
/** Orders handed over at a time: a bound on memory for a ledger of any length. */
const AT_ONCE = 20_000;

/**
 * The ledger now, in pieces.
 * @throws Error naming the gateway, when it does not answer or refuses the key
 */
export async function* readGatewayLedger(url: string, key: string): AsyncGenerator<GatewayLedger[]> {
  const address = new URL('/_sim/ledger', url);
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }).catch(
    (cause: unknown) => {
      throw new Error(`the gateway does not answer at ${address}`, { cause });
    },
  );
  if (response.status !== 200 || response.body === null) {
    throw new Error(`the gateway answers ${response.status} at ${address}`);
  }
  const lines = createInterface({ input: Readable.fromWeb(response.body as ReadableStream) });
  let piece: GatewayLedger[] = [];
  for await (const line of lines) {
    const { orderId, currency, charged, refunded, reversals } = JSON.parse(line) as OrderSum;
    piece.push({
      orderId,
      currency,
      charged: inMinorUnit(charged, currency),
      refunded: inMinorUnit(refunded, currency),
      reversals: reversals.map(({ status, ...one }) => ({
        ...one,
        amount: inMinorUnit(one.amount, currency),
        state: stateOf(one.kind, status),
      })),
    });
    if (piece.length < AT_ONCE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

/** A part that others move may be a fraction; payment rounds alike. */
const inMinorUnit = (amount: number, currency: string) => Math.round(fromStripeAmount(amount, currency));

/** A status in payment's terms, without payment's own code: the ledger must not repeat an error of it. */
function stateOf(kind: ReversalEntry['kind'], status: string): GatewayReversal['state'] {
  if (kind === 'refund') {
    if (status === 'succeeded') return 'settled';
    return status === 'failed' || status === 'canceled' ? 'failed' : 'pending';
  }
  if (status === 'lost') return 'settled';
  return status === 'won' || status === 'prevented' || status.startsWith('warning_') ? 'failed' : 'pending';
}
