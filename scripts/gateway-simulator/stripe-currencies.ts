/**
 * The currencies and the amounts that Stripe takes, in its own unit: "Supported currencies" (docs.stripe.com/currencies),
 * as of November 2026. Written from that page and not from `protocol/charge-limits.ts`, so that the two check each other.
 */
import { type Answer, invalid } from './invalid.ts';

const SUPPORTED = new Set(
  (
    'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp ' +
    'cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr ' +
    'isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr ' +
    'mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd ' +
    'std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw'
  ).split(' '),
);

const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
/** "These API calls require the least-significant (last) digit to be 0." */
const THREE_DECIMAL = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
/** Zero-decimal, but sent with two decimals, which are always 00. */
const ALWAYS_00 = new Set(['isk', 'ugx']);

/** "Minimum charge amount by currency", in the major unit. */
const MINIMUM: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'usd ars aud brl cad chf cop eur idr ils inr nzd php rub sgd zar'.split(' ').map((code) => [code, 0.5]),
  ),
  ...{ aed: 2, czk: 15, dkk: 2.5, gbp: 0.3, hkd: 4, huf: 175, jpy: 50, krw: 50, mxn: 10, myr: 2 },
  ...{ nok: 3, pln: 2, ron: 2, sek: 3, thb: 10 },
};

/** "Maximum charge amounts", card payments: "12 digits for most card payments". */
const MAXIMUM = 10 ** 12 - 1;

function decimalsOf(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/** The refusal of a payment's amount and currency, or null. */
export function refuseAmount(amount: number | undefined, currency: string | undefined): Answer | null {
  if (currency === undefined || currency === '') {
    return invalid('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' });
  }
  if (!SUPPORTED.has(currency)) {
    const list = [...SUPPORTED].join(', ');
    const message = `Invalid currency: ${currency}. Stripe currently supports these currencies: ${list}`;
    return invalid(message, { param: 'currency' });
  }
  if (amount === undefined || amount < 1) {
    return invalid('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
  }
  const shown = (major: number) => `${major.toFixed(decimalsOf(currency))} ${currency}`;
  const unit = 10 ** decimalsOf(currency);
  const minimum = MINIMUM[currency] ?? 0;
  if (amount < Math.round(minimum * unit)) {
    const more = { code: 'amount_too_small', param: 'amount' };
    return invalid(`Amount must be at least ${shown(minimum)}`, more);
  }
  if (amount > MAXIMUM) {
    const more = { code: 'amount_too_large', param: 'amount' };
    return invalid(`Amount must be no more than ${shown(MAXIMUM / unit)}`, more);
  }
  const step = THREE_DECIMAL.has(currency) ? 10 : ALWAYS_00.has(currency) ? 100 : 1;
  if (amount % step !== 0) {
    const message = `Invalid amount: in ${currency} it must be divisible by ${step}.`;
    return invalid(message, { code: 'parameter_invalid_integer', param: 'amount' });
  }
  return null;
}
