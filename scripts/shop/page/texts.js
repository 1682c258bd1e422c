/**
 * The page's texts for results and orders.
 *
 * @typedef {import('./requests.js').Request} Request
 * @typedef {import('./requests.js').Order} Order
 */
/** The text of each reason for which a request failed, and what to do. @type {Record<string, [string, string]>} */
const FAILURES = {
  'sold-out': ['Sold out', 'Others were first.'],
  duplicate: ['Not won', 'This customer has a coupon of this campaign already.'],
  'not-open': ['Not open', 'The campaign is not open.'],
  lost: ['Lost', 'The request was lost: request again.'],
  unknown: ['Unknown', 'The coupon API does not know this request: request again.'],
};

/** @param {Request} request @returns {{ text: string, kind: 'good' | 'bad' | 'wait' }} */
export function resultText({ status, reason = '' }) {
  switch (status) {
    case 'sending':
      return { text: 'Sending…', kind: 'wait' };
    case 'pending':
      return { text: 'Accepted', kind: 'wait' };
    case 'issued':
      return { text: 'Won', kind: 'good' };
    case 'failed':
      return { text: FAILURES[reason]?.[0] ?? reason, kind: 'bad' };
    case 'refused':
      return { text: 'Refused', kind: 'bad' };
  }
}

/** @param {Request} request */
export function detailText({ status, reason = '', couponId }) {
  if (couponId !== undefined) return `Coupon ${couponId}`;
  if (status === 'refused') return reason;
  return status === 'failed' ? (FAILURES[reason]?.[1] ?? '') : '';
}

/** @param {Order} order @param {string} product */
export function orderText({ status, state = '', reason, charged = 0, discount = 0, currency = '' }, product) {
  switch (status) {
    case 'sending':
      return 'Order: sending…';
    case 'running':
      return `Order: ${stepOf(state) || 'accepted'}…`;
    case 'compensating':
      return `Order: taking it back, ${stepOf(state)}…`;
    case 'completed':
      return `Order completed: ${product}, ${money(charged, currency)} paid, ${money(discount, currency)} off.`;
    default:
      return `Order ${status}: ${(reason || 'no reason given').replace(/\.$/, '')}. The coupon can be used again.`;
  }
}

/** A state of the order's saga as words: `chargingPayment` is "charging payment". @param {string} state */
function stepOf(state) {
  return state.replace('compensating.', '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** An amount in the minor unit, of which the shop's currency has a hundred. @param {number} amount @param {string} currency */
function money(amount, currency) {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount / 100);
}
