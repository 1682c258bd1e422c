import { expect } from 'chai';
import { orderInput } from '#orchestrator/sagas/order/input.ts';
import { orderBodies } from './bodies.ts';
import { KINDS } from './mix.ts';

describe('the orders of a run', () => {
  const bodyOf = orderBodies();
  const order = (n: number, kind: (typeof KINDS)[number] = 'good') =>
    orderInput.parse(JSON.parse(bodyOf(n, kind)));

  it('are orders the API takes', () => {
    for (const kind of KINDS) for (let n = 0; n < 3_000; n++) order(n, kind);
  });

  it('spread over customers, skus and numbers of items', () => {
    const orders = Array.from({ length: 50_000 }, (_, n) => order(n));
    expect(new Set(orders.map(({ customerId }) => customerId)).size).to.equal(50_000);
    expect(new Set(orders.flatMap(({ items }) => items.map(({ sku }) => sku))).size).to.equal(1_000);
    expect(new Set(orders.map(({ items }) => items.length))).to.deep.equal(new Set([1, 2, 3]));
  });

  it('never name a sku twice', () => {
    for (let n = 0; n < 3_000; n++) {
      const skus = order(n, 'sold-out').items.map(({ sku }) => sku);
      expect(new Set(skus).size).to.equal(skus.length);
    }
  });

  it('go wrong in the way of their kind, and in no other', () => {
    expect(order(1, 'declined').payment.method).to.equal('pm_card_chargeDeclined');
    expect(order(1, 'unserved').shippingAddress.country).to.equal('AQ');
    expect(order(1, 'sold-out').items[0]?.sku).to.equal('sold-out-mug');
    expect(order(1, 'sold-out').items.slice(1)).to.deep.equal(order(1).items);
    expect({ ...order(1, 'declined'), payment: null }).to.deep.equal({ ...order(1), payment: null });
  });
});
