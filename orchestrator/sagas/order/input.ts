/** The input of the order saga: the order as a shop's backend places it. The one schema of an order. */
import * as z from 'zod';
import { address } from '#participants/shipping/contract.ts';
import { chargeFault } from '#protocol/charge-limits.ts';
import { currencyCode } from '#protocol/currency.ts';
import { orderItem } from '#protocol/order-events.ts';

const MAX_ITEMS = 100;
/** The most that payment's contract accepts. */
const MAX_AMOUNT = 1_000_000_000_000;

const fields = z.strictObject({
  customerId: z.string().min(1).max(100),
  items: z.array(z.strictObject(orderItem.shape)).min(1).max(MAX_ITEMS),
  currency: currencyCode,
  amount: z
    .number()
    .int()
    .min(0, { abort: true })
    .max(MAX_AMOUNT, { abort: true })
    .describe('In the currency’s minor unit (ISO 4217): 0, or an amount that the payment gateway charges.'),
  payment: z.strictObject({
    method: z.string().min(1).max(200).describe('The gateway’s payment method (`pm_…`).'),
    customer: z
      .string()
      .min(1)
      .max(200)
      .exactOptional()
      .describe('The gateway’s customer (`cus_…`) whom the method is saved for: it is charged off session.'),
  }),
  shippingAddress: z.strictObject(address.shape),
  couponId: z.string().min(1).max(200).exactOptional(),
});

/** The body of `POST /v1/orders`; intake stores its output as the saga's input, field by field in this order. */
export const orderInput = fields
  .superRefine(({ amount, currency }, context) => {
    const fault = chargeFault(amount, currency);
    if (fault !== null) context.addIssue({ code: 'custom', path: ['amount'], message: fault.text });
  })
  .meta({ id: 'OrderRequest' });
export type OrderInput = z.infer<typeof orderInput>;

/** The fields of a stored order, which may be older than today's currencies and limits. */
const stored = fields.extend({ currency: z.string() });
const { payment, shippingAddress } = fields.shape;

/** The fields that an order's customer reads. */
export const ordered = stored
  .pick({ customerId: true, amount: true, currency: true, items: true, couponId: true })
  .strip();

/** The columns of listings. */
export const listed = stored.pick({ amount: true, currency: true }).strip();

/** The fields viewers see: what was ordered and the country it goes to, but no address and no payment method. */
export const shown = stored
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
