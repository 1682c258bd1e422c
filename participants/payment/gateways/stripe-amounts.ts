/**
 * Converts amounts between ISO's minor unit and Stripe's (Stripe, "Supported currencies": zero-decimal currencies,
 * three-decimal currencies, special cases). ISK 2000 is 2000 crowns here and 200000 there.
 */
import { chargeFault, gatewayDigits } from '#protocol/charge-limits.ts';
import { isCurrency, minorDigits } from '#protocol/currency.ts';
import { GatewayRefusal } from '../gateway.ts';

/**
 * An amount in Stripe's unit.
 * @param currency of ISO 4217, in capitals
 * @throws GatewayRefusal for an amount or a currency that Stripe would refuse
 */
export function toStripeAmount(amount: number, currency: string): number {
  if (!isCurrency(currency))
    throw new GatewayRefusal({ code: 'unknown-currency', text: `${currency} is no currency of ISO 4217.` });
  const fault = chargeFault(amount, currency);
  if (fault !== null)
    throw new GatewayRefusal({ code: fault.code, text: `It cannot be charged: ${fault.text}.` });
  return toStripeUnit(amount, currency);
}

/** Any amount in Stripe's unit: a refund has no minimum. @param currency of ISO 4217, in capitals */
export function toStripeUnit(amount: number, currency: string): number {
  return scaled(amount, gatewayDigits(currency) - minorDigits(currency));
}

/**
 * An amount of Stripe in ISO's minor unit; a fraction where Stripe moved a part of it.
 * @param currency in capitals or, as in Stripe's answers, not
 */
export function fromStripeAmount(amount: number, currency: string): number {
  const code = currency.toUpperCase();
  return scaled(amount, minorDigits(code) - gatewayDigits(code));
}

/** Exact: it divides by a whole number instead of multiplying with a fraction. */
function scaled(amount: number, digits: number): number {
  return digits < 0 ? amount / 10 ** -digits : amount * 10 ** digits;
}
