/** For payment's tests: charges and undos as records. */

import type { InRecord } from '#protocol/envelope.ts';
import { commandId } from '#protocol/ids.ts';
import { commandRecord } from '#runtime/testing/commands.ts';
import { payment } from '../contract.ts';

export const AMOUNT = 4990;

/** A charge, of 49.90 EUR by default. */
export function charge(
  sagaId: string,
  {
    nth = 1,
    ...changes
  }: { method?: string; amount?: number; currency?: string; gatewayCustomer?: string; nth?: number } = {},
): InRecord {
  const data = {
    customerId: 'customer-1',
    amount: AMOUNT,
    currency: 'EUR',
    method: 'pm_card_visa',
    ...changes,
  };
  return commandRecord(payment, sagaId, 'payment.charge', data, { nth });
}

/** The id of a saga's nth charge. */
export const chargeId = (sagaId: string, nth = 1): string => commandId(sagaId, 'payment.charge', nth);

/** A refund or a revoke of the nth charges of a saga. */
export function takeBack(
  type: 'payment.refund' | 'payment.revoke',
  sagaId: string,
  { nth = 1, charges = [1] }: { nth?: number; charges?: number[] } = {},
): InRecord {
  const undoes = charges.map((n) => chargeId(sagaId, n));
  return commandRecord(payment, sagaId, type, { undoes }, { nth });
}
