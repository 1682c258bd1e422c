/**
 * The amounts that can be charged: the smallest, the largest and the step of each currency, in ISO's minor unit.
 *
 * They are the payment gateway's (Stripe, "Supported currencies": minimum and maximum charge amounts, special cases), and
 * stand here because the order's input and coupons check them too, before stock is held. Where the account settles in
 * another currency the gateway's own minimum may be higher: then payment is declined.
 */
import { formatMoney, minorDigits } from './currency.ts';

/** The smallest charge; other currencies have no published one. */
const SMALLEST: ReadonlyMap<string, number> = new Map(
  Object.entries({
    AED: 200,
    ARS: 50,
    AUD: 50,
    BRL: 50,
    CAD: 50,
    CHF: 50,
    COP: 50,
    CZK: 1_500,
    DKK: 250,
    EUR: 50,
    GBP: 30,
    HKD: 400,
    HUF: 17_500,
    IDR: 50,
    ILS: 50,
    INR: 50,
    JPY: 50,
    KRW: 50,
    MXN: 1_000,
    MYR: 200,
    NOK: 300,
    NZD: 50,
    PHP: 50,
    PLN: 200,
    RON: 200,
    RUB: 50,
    SEK: 300,
    SGD: 50,
    THB: 1_000,
    USD: 50,
    ZAR: 50,
  }),
);

/**
 * The largest amount that the gateway takes of any method, in its unit: twelve digits of most cards. It takes less of some
 * (nine digits of American Express, eight of most methods that are no cards): which one it is shows when it is charged, and
 * payment is declined.
 */
const LARGEST = 999_999_999_999;

/** The gateway's digits where they are not ISO's: it sends crowns and shillings with two decimals, the ariary with none. */
const GATEWAY_DIGITS: ReadonlyMap<string, number> = new Map(Object.entries({ ISK: 2, UGX: 2, MGA: 0 }));

/** How many decimal digits the gateway's unit of a currency has. */
export function gatewayDigits(currency: string): number {
  return GATEWAY_DIGITS.get(currency) ?? minorDigits(currency);
}

/** Charges are multiples of it: in three-decimal currencies the gateway requires a last digit of 0. */
export function chargeStep(currency: string): number {
  const digits = minorDigits(currency);
  return digits >= 3 ? 10 ** (digits - 2) : 10 ** Math.max(0, digits - gatewayDigits(currency));
}

function largestCharge(currency: string): number {
  return Math.floor(LARGEST * 10 ** (minorDigits(currency) - gatewayDigits(currency)));
}

/** Why an amount cannot be charged. */
export interface ChargeFault {
  readonly code: 'below-minimum' | 'above-maximum' | 'not-chargeable';
  /** The rest of a sentence about the charge: `the smallest charge is EUR 0.50`. */
  readonly text: string;
}

/**
 * Judges an amount in ISO's minor unit; null: it can be charged, or there is nothing to charge.
 * @param currency a code of ISO 4217
 */
export function chargeFault(amount: number, currency: string): ChargeFault | null {
  if (amount === 0) return null;
  const shown = (limit: number) => formatMoney(limit, currency);
  const smallest = SMALLEST.get(currency) ?? chargeStep(currency);
  if (amount < smallest) return { code: 'below-minimum', text: `the smallest charge is ${shown(smallest)}` };
  const largest = largestCharge(currency);
  if (amount > largest) return { code: 'above-maximum', text: `the largest charge is ${shown(largest)}` };
  const step = chargeStep(currency);
  if (amount % step !== 0)
    return { code: 'not-chargeable', text: `a charge is a multiple of ${shown(step)}` };
  return null;
}
