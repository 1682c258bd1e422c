/** Reads the gateway simulator's ledger: the other side of every charge and refund. */
import { createInterface } from 'node:readline/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { fromStripeAmount } from '#participants/payment/gateways/stripe-amounts.ts';

/** One order's money as the gateway has it, amounts in ISO's minor unit, as our tables have them. */
export interface GatewayLedger {
  readonly orderId: string;
  readonly currency: string;
  readonly charged: number;
  readonly refunded: number;
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
    const { orderId, currency, charged, refunded } = JSON.parse(line) as GatewayLedger;
    piece.push({
      orderId,
      currency,
      charged: fromStripeAmount(charged, currency),
      refunded: fromStripeAmount(refunded, currency),
    });
    if (piece.length < AT_ONCE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
