/**
 * The bodies of orders, made from prepared pieces: the load generator shares its cores with the system it measures.
 */
import type { Kind } from './mix.ts';

const CUSTOMERS = 50_000;
const SKUS = 1_000;
/** Different baskets. */
const BASKETS = 3_000;
/** Primes that spread neighbours far apart. */
const CUSTOMER_STRIDE = 7_919;
const SKU_STRIDE = 337;

/** The item that is not in stock. */
export const SOLD_OUT_SKU = 'sold-out-mug';

const METHOD = { good: 'pm_card_visa', declined: 'pm_card_chargeDeclined' };

/**
 * A maker of bodies: the nth order as JSON. Customers, baskets and amounts differ; the same n is the same order.
 * @param items of each order, up to a hundred; one to three without it
 */
export function orderBodies(items?: number): (order: number, kind: Kind) => string {
  const baskets = Array.from({ length: BASKETS }, (_, n) => basket(n, items ?? 1 + (n % 3)));
  const tails = {
    good: tail(METHOD.good, 'DE'),
    declined: tail(METHOD.declined, 'DE'),
    'sold-out': tail(METHOD.good, 'DE'),
    unserved: tail(METHOD.good, 'AQ'),
  };
  const gone = `{"sku":"${SOLD_OUT_SKU}","quantity":1},`;
  return (order, kind) => {
    const items = `[${kind === 'sold-out' ? gone : ''}${baskets[order % BASKETS]}`;
    return `{"customerId":"${customerOf(order)}","items":${items}${tails[kind]}`;
  };
}

/** The customer of the nth order. */
export function customerOf(order: number): string {
  return `bench-${(order * CUSTOMER_STRIDE) % CUSTOMERS}`;
}

/** The items and the amount: `{…},{…}],"currency":"EUR","amount":1234`. */
function basket(n: number, count: number): string {
  const items = Array.from({ length: count }, (_, i) => {
    const sku = 1 + ((n + i * SKU_STRIDE) % SKUS);
    return { sku: `SKU-${String(sku).padStart(4, '0')}`, quantity: 1 + ((n + i) % 2) };
  });
  const amount = 999 + ((n * 13) % 20_000);
  return `${JSON.stringify(items).slice(1)},"currency":"EUR","amount":${amount}`;
}

function tail(method: string, country: string): string {
  const shippingAddress = {
    name: 'Ada Lovelace',
    line1: 'Hauptstraße 1',
    city: 'Berlin',
    postalCode: '10115',
    country,
  };
  return `,${JSON.stringify({ payment: { method }, shippingAddress }).slice(1)}`;
}
