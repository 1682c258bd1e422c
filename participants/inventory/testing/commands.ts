/** For inventory's tests: its commands as records. */

import type { InRecord } from '#protocol/envelope.ts';
import { commandId } from '#protocol/ids.ts';
import { commandRecord } from '#runtime/testing/commands.ts';
import { inventory } from '../contract.ts';

export function reserve(saga: string, items: Record<string, number>, nth = 1): InRecord {
  const lines = Object.entries(items).map(([sku, quantity]) => ({ sku, quantity }));
  return commandRecord(inventory, saga, 'inventory.reserve', { items: lines }, { nth });
}

export function confirm(saga: string): InRecord {
  return commandRecord(inventory, saga, 'inventory.confirm', {});
}

/** The ids of both steps, as a saga's undo names them. */
export const stepsOf = (saga: string): string[] => [
  commandId(saga, 'inventory.reserve', 1),
  commandId(saga, 'inventory.confirm', 1),
];

export function release(saga: string, nth = 1): InRecord {
  return commandRecord(inventory, saga, 'inventory.release', { undoes: stepsOf(saga) }, { nth });
}
