/** The one schema of an order: the body of `POST /v1/orders`, and the input of its saga. */
import * as z from 'zod';
import { address } from '#participants/shipping/contract.ts';
import { orderItem } from '#protocol/order-events.ts';

const MAX_ITEMS = 100;
/** The bound of payment's contract. */
const MAX_AMOUNT = 1_000_000_000_000;

/** Its output, field by field in this order, is the saga's input. */
export const orderRequest = z
  .strictObject({
    customerId: z.string().min(1).max(100),
    items: z.array(z.strictObject(orderItem.shape)).min(1).max(MAX_ITEMS),
    currency: z.string().regex(/^[A-Z]{3}$/, 'a three-letter currency code (ISO 4217), such as EUR'),
    amount: z.number().int().min(0).max(MAX_AMOUNT).describe('In the currency’s minor unit.'),
    payment: z.strictObject({ method: z.string().min(1).max(200) }),
    shippingAddress: z.strictObject(address.shape),
    couponId: z.string().min(1).max(200).exactOptional(),
  })
  .meta({ id: 'OrderRequest' });

/** The columns of an order in lists of sagas. */
export const listed = z.object(orderRequest.pick({ currency: true, amount: true }).shape);

/** The fields of an order that viewers may see: neither the means of payment nor more of the address than its country. */
export const shown = z.object({
  ...orderRequest.pick({ customerId: true, items: true, currency: true, amount: true }).shape,
  shippingAddress: z.object({ country: address.shape.country }),
  ...orderRequest.pick({ couponId: true }).shape,
});

export type OrderRequest = z.infer<typeof orderRequest>;
