/** What the messages of an order move, at the most. */
import { expect } from 'chai';
import { couponOrder, order } from './testing/given.ts';
import { totals } from './totals.ts';

const message = (type: string, data: unknown = {}) => ({ type, data });
const lines = (...given: Parameters<typeof totals>) =>
  totals(...given).map(({ kind, effect, of, quantity }) => `${kind} ${effect} ${quantity} ${of}`);

describe('the totals of an order’s messages', () => {
  it('are the money charged, and refunded less the discount', () => {
    const charge = message('payment.charge', { amount: 4_500, currency: 'EUR' });
    expect(lines([charge], order, { hasCoupon: false })).to.deep.equal(['money charged 4500 EUR']);
    expect(lines([message('payment.refund')], couponOrder, { hasCoupon: true, discount: 500 })).to.deep.equal(
      ['money refunded 4500 EUR'],
    );
  });

  it('are the stock by sku, each sku once', () => {
    const two = {
      ...order,
      items: [...order.items, { sku: 'SKU-2', quantity: 1 }, { sku: 'SKU-1', quantity: 3 }],
    };
    for (const [type, effect] of [
      ['inventory.reserve', 'reserved'],
      ['inventory.confirm', 'sold'],
      ['inventory.release', 'released'],
    ] as const)
      expect(lines([message(type)], two, { hasCoupon: false })).to.deep.equal([
        `stock ${effect} 5 SKU-1`,
        `stock ${effect} 1 SKU-2`,
      ]);
  });

  it('are coupons, parcels, and the mail of an order’s end', () => {
    const sent = ['coupon.redeem', 'coupon.restore', 'shipping.prepare', 'shipping.cancel', 'order.failed'];
    expect(
      lines(
        sent.map((type) => message(type)),
        couponOrder,
        { hasCoupon: true },
      ),
    ).to.deep.equal([
      'coupons redeemed 1 WELCOME',
      'coupons restored 1 WELCOME',
      'parcels prepared 1 DE',
      'parcels cancelled 1 DE',
      'mails sent 1 order.failed',
    ]);
  });

  it('are nothing for a revoke, and for an order that costs nothing', () => {
    expect(lines([message('payment.revoke')], order, { hasCoupon: false })).to.deep.equal([]);
    expect(lines([message('payment.refund')], { ...order, amount: 0 }, { hasCoupon: false })).to.deep.equal(
      [],
    );
  });
});
