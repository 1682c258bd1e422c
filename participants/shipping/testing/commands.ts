/** For shipping's tests: its commands as records. */

import { commandId } from '#protocol/ids.ts';
import { commandRecord } from '#runtime/testing/commands.ts';
import { shipping } from '../contract.ts';

export const prepare = (saga: string, country = 'DE', nth = 1) => {
  const data = { address: { country, city: 'Köln' }, items: [{ sku: 'tea', quantity: 2 }] };
  return commandRecord(shipping, saga, 'shipping.prepare', data, { nth });
};
export const prepareId = (saga: string) => commandId(saga, 'shipping.prepare', 1);
export const cancel = (saga: string, nth = 1) =>
  commandRecord(shipping, saga, 'shipping.cancel', { undoes: [prepareId(saga)] }, { nth });
export const forbid = (saga: string) =>
  commandRecord(shipping, saga, 'shipping.revoke', { undoes: [prepareId(saga)] });
