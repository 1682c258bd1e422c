/**
 * Currencies by ISO 4217: the codes, the minor units of each, and amounts as people write them.
 *
 * Every amount of the product is an integer in ISO's minor unit. The digits come from ISO's list, not from `Intl`: for
 * HUF, IDR, COP and others CLDR has 0 digits, the habit of people, where ISO and the card networks have 2.
 */
import * as listed from 'dinero.js/currencies';
import * as z from 'zod';

/** ISO's digits of the ariary and the ouguiya, whose subunit is a fifth; the library has that base instead. */
const DIGITS_OF_FIFTHS = 2;

const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.values(listed).map(({ code, base, exponent }) => [code, base === 10 ? exponent : DIGITS_OF_FIFTHS]),
);

/** Whether ISO 4217 lists the code; codes of the past are not listed. */
export function isCurrency(code: string): boolean {
  return DIGITS.has(code);
}

/** How many decimal digits ISO's minor unit of a currency has; 2 for a code that is none. */
export function minorDigits(code: string): number {
  return DIGITS.get(code) ?? 2;
}

const SHAPE = /^[A-Z]{3}$/;

/** A currency's code of a request. Stored ones may be older than the list: read them as text. */
export const currencyCode = z
  .string()
  .regex(SHAPE, { error: 'a three-letter currency code (ISO 4217), such as EUR', abort: true })
  .refine(isCurrency, { error: 'is no currency of ISO 4217', abort: true });

/** By currency: with the decimals people write, and with all. */
const formats = new Map<string, { readonly usual: Intl.NumberFormat; readonly all: Intl.NumberFormat }>();

/**
 * An amount in the minor unit as people write it: `EUR 24.90`, `KRW 12,000`. Where they usually leave the decimals out,
 * only an amount with a fraction has them: `HUF 5,000`, `HUF 10.50`.
 */
export function formatMoney(amount: number, currency: string): string {
  // Intl throws for anything else.
  if (!SHAPE.test(currency)) return `${amount} ${currency}`;
  const digits = minorDigits(currency);
  const { usual, all } = formatsOf(currency, digits);
  const isWhole = amount % 10 ** digits === 0;
  return (isWhole ? usual : all).format(amount / 10 ** digits).replaceAll('\u00a0', ' ');
}

function formatsOf(currency: string, digits: number) {
  const known = formats.get(currency);
  if (known !== undefined) return known;
  const options = { style: 'currency', currency, currencyDisplay: 'code' } as const;
  const all = new Intl.NumberFormat('en', {
    ...options,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const habit = new Intl.NumberFormat('en', options);
  const usual = habit.resolvedOptions().maximumFractionDigits === 0 ? habit : all;
  formats.set(currency, { usual, all });
  return { usual, all };
}
