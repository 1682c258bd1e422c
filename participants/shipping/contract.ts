/** Shipping's contract: prepare an order's shipment, and cancel it until it leaves. */
import * as z from 'zod';
import { defineContract, refusal, undoData, undone } from '#protocol/contract.ts';
import { orderItem } from '#protocol/order-events.ts';
import { CHANNELS } from '#protocol/topics.ts';

/** A parcel's address. The country decides whether shipping serves it; the label bears the rest. */
export const address = z.object({
  country: z.string().regex(/^[A-Z]{2}$/, 'a two-letter country code (ISO 3166-1), such as DE'),
  name: z.string().max(200).optional(),
  line1: z.string().max(200).optional(),
  line2: z.string().max(200).optional(),
  city: z.string().max(200).optional(),
  postalCode: z.string().max(40).optional(),
});
export type Address = z.infer<typeof address>;

export const shipping = defineContract({
  name: 'shipping',
  channel: CHANNELS.shipping,
  commands: {
    'shipping.prepare': {
      kind: 'forward',
      data: z.object({ address, items: z.array(orderItem).min(1).max(100) }),
      success: 'shipping.prepared',
      refusal: 'shipping.refused',
    },
    'shipping.cancel': {
      kind: 'undo',
      data: undoData,
      success: 'shipping.cancelled',
      refusal: 'shipping.cancelRefused',
      undoes: ['shipping.prepare'],
    },
    'shipping.revoke': {
      kind: 'revoke',
      data: undoData,
      success: 'shipping.revoked',
      refusal: 'shipping.revokeRefused',
    },
  },
  replies: {
    'shipping.prepared': { topic: 'shipping-prepared', data: z.object({ shipmentId: z.string().max(200) }) },
    'shipping.refused': refusal,
    'shipping.cancelled': undone,
    'shipping.cancelRefused': refusal,
    'shipping.revoked': undone,
    'shipping.revokeRefused': refusal,
  },
});
export type ShippingContract = typeof shipping;
