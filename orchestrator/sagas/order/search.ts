/** The fields by which people find an order's saga. */
import type { SearchField } from '#engine/search/search-field.ts';

export const orderSearch: readonly SearchField[] = [
  {
    name: 'couponId',
    kind: 'text',
    document: 'input',
    path: ['couponId'],
    about: 'The coupon it redeems.',
  },
  {
    name: 'sku',
    kind: 'text',
    document: 'input',
    path: ['items', '*', 'sku'],
    about: 'The sku of one of its items.',
  },
  {
    name: 'gatewayId',
    kind: 'text',
    document: 'context',
    path: ['chargeId'],
    about: 'The payment’s id at the gateway, once it is charged.',
  },
  {
    name: 'amount',
    kind: 'integer',
    document: 'input',
    path: ['amount'],
    about: 'The amount in the currency’s minor unit.',
  },
];
