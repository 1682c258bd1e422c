/** Inventory's contract: reserve, confirm and release all items of an order, or none. */
import * as z from 'zod';
import { defineContract, refusal, undoData, undone } from '#protocol/contract.ts';
import { orderItem } from '#protocol/order-events.ts';
import { CHANNELS } from '#protocol/topics.ts';

export const inventory = defineContract({
  name: 'inventory',
  channel: CHANNELS.inventory,
  commands: {
    'inventory.reserve': {
      kind: 'forward',
      data: z.object({ items: z.array(orderItem).min(1).max(100) }),
      success: 'inventory.reserved',
      refusal: 'inventory.refused',
    },
    'inventory.confirm': {
      kind: 'forward',
      data: z.object({}),
      success: 'inventory.confirmed',
      refusal: 'inventory.confirmRefused',
    },
    'inventory.release': {
      kind: 'undo',
      data: undoData,
      success: 'inventory.released',
      refusal: 'inventory.releaseRefused',
      undoes: ['inventory.reserve', 'inventory.confirm'],
    },
    'inventory.revoke': {
      kind: 'revoke',
      data: undoData,
      success: 'inventory.revoked',
      refusal: 'inventory.revokeRefused',
    },
  },
  replies: {
    'inventory.reserved': { topic: 'inventory-reserved', data: z.object({}) },
    'inventory.refused': refusal,
    'inventory.confirmed': { topic: 'inventory-confirmed', data: z.object({}) },
    'inventory.confirmRefused': refusal,
    'inventory.released': undone,
    'inventory.releaseRefused': refusal,
    'inventory.revoked': undone,
    'inventory.revokeRefused': refusal,
  },
});
export type InventoryContract = typeof inventory;
