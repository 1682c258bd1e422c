/** The input of the order saga: the order as a shop's backend places it. The one schema of an order. */
import * as z from 'zod';
import { address } from '#participants/shipping/contract.ts';
import { orderItem } from '#protocol/order-events.ts';

const MAX_ITEMS = 100;
/** The most that payment's contract accepts. */
const MAX_AMOUNT = 1_000_000_000_000;

/** The body of `POST /v1/orders`; intake stores its output as the saga's input, field by field in this order. */
export const orderInput = z
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
export type OrderInput = z.infer<typeof orderInput>;

const { payment, shippingAddress } = orderInput.shape;

/** The columns of listings. */
export const listed = orderInput.pick({ amount: true, currency: true }).strip();

/** The fields viewers see: what was ordered and the country it goes to, but no address and no payment method. */
export const shown = orderInput
  .pick({ customerId: true, items: true, currency: true, amount: true, couponId: true })
  .extend({ shippingAddress: shippingAddress.pick({ country: true }).strip() })
  .strip();

/** The fields an operator may correct: payment and address, and ids of a participant's reply. */
export const editable = {
  input: z.strictObject({ payment, shippingAddress }).partial(),
  context: z
    .strictObject({ chargeId: z.string().min(1).max(200), shipmentId: z.string().min(1).max(200) })
    .partial(),
};
