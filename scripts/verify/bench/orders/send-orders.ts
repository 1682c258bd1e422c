/** Sends the orders of a run, each under an Idempotency-Key, which finds an order whose answer was lost. */
import { type SendParts, sendAll } from '../send-requests.ts';

const PATH = '/v1/orders';

export type SendOrdersParts = Omit<SendParts, 'pathOf' | 'headOf' | 'onAccepted'> & {
  /** The Idempotency-Key of an order. */
  readonly keyOf: (order: number) => string;
  /** Called with each accepted order's id. */
  readonly onAccepted: (order: number, id: string) => void;
};

/** As `sendAll`. */
export function sendOrders({ keyOf, onAccepted, ...parts }: SendOrdersParts): Promise<void> {
  return sendAll({
    ...parts,
    pathOf: () => PATH,
    headOf: (order) => `idempotency-key: ${keyOf(order)}\r\n`,
    onAccepted: (order, body) => onAccepted(order, (JSON.parse(body) as { orderId: string }).orderId),
  });
}
