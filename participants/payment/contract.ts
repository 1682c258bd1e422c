/** Payment's contract: charge an amount once, and refund or cancel it on an undo. */
import * as z from 'zod';
import { defineContract, refusal, undoData, undone } from '#protocol/contract.ts';
import { CHANNELS } from '#protocol/topics.ts';

export const payment = defineContract({
  name: 'payment',
  channel: CHANNELS.payment,
  paced: ['gateway-limited'],
  commands: {
    'payment.charge': {
      kind: 'forward',
      data: z.object({
        customerId: z.string().min(1).max(100),
        /** In the currency's minor unit. */
        amount: z.number().int().min(0).max(1_000_000_000_000),
        currency: z.string().regex(/^[A-Z]{3}$/),
        /** The gateway's payment method id (`pm_…`), never a card. */
        method: z.string().min(1).max(200),
        /** The gateway's customer (`cus_…`) whom the method is saved for: a saved card, charged off session. */
        gatewayCustomer: z.string().min(1).max(200).exactOptional(),
      }),
      success: 'payment.charged',
      refusal: 'payment.declined',
    },
    'payment.refund': {
      kind: 'undo',
      data: undoData,
      success: 'payment.refunded',
      refusal: 'payment.refundRefused',
      undoes: ['payment.charge'],
    },
    'payment.revoke': {
      kind: 'revoke',
      data: undoData,
      success: 'payment.revoked',
      refusal: 'payment.revokeRefused',
    },
  },
  replies: {
    'payment.charged': {
      topic: 'payment-completed',
      data: z.object({
        /** The gateway's id of the payment. */
        chargeId: z.string().max(200),
        amount: z.number().int(),
        currency: z.string(),
      }),
    },
    'payment.declined': refusal,
    'payment.refunded': undone,
    'payment.refundRefused': refusal,
    'payment.revoked': undone,
    'payment.revokeRefused': refusal,
  },
});
export type PaymentContract = typeof payment;
