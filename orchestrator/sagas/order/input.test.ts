import { expect } from 'chai';
import { commands } from './commands.ts';
import { listed, ordered, orderInput, shown } from './input.ts';

const ORDER = {
  customerId: 'ada',
  items: [{ sku: 'coffee-beans', quantity: 1 }],
  currency: 'EUR',
  amount: 1_290,
  payment: { method: 'pm_1' },
  shippingAddress: { country: 'DE' },
};

describe('an order’s input', () => {
  const faults = (change: object) =>
    (orderInput.safeParse({ ...ORDER, ...change }).error?.issues ?? []).map(
      ({ path, message }) => `${path.join('/')}: ${message}`,
    );

  it('has an amount that can be charged, or none to charge', () => {
    expect(faults({})).to.deep.equal([]);
    expect(faults({ amount: 0 })).to.deep.equal([]);
    expect(faults({ amount: 30 })).to.deep.equal(['amount: the smallest charge is EUR 0.50']);
    expect(faults({ amount: 1_000_000_000_000 })).to.deep.equal([
      'amount: the largest charge is EUR 9,999,999,999.99',
    ]);
    expect(faults({ currency: 'ISK', amount: 10_000_000_000 })).to.deep.equal([
      'amount: the largest charge is ISK 9,999,999,999',
    ]);
    expect(faults({ currency: 'KWD', amount: 5_125 })).to.deep.equal([
      'amount: a charge is a multiple of KWD 0.010',
    ]);
  });

  it('names one fault a field', () => {
    expect(faults({ amount: -1 })).to.have.length(1);
    expect(faults({ amount: 1e15 })).to.have.length(1);
    expect(faults({ currency: 'EUX', amount: 1 })).to.deep.equal(['currency: is no currency of ISO 4217']);
    expect(faults({ currency: 'euro' })).to.have.length(1);
  });

  it('that was stored before today’s limits and currencies is still read', () => {
    const old = { ...ORDER, currency: 'DEM', amount: 1 };
    for (const schema of [listed, shown, ordered])
      expect(schema.parse(old)).to.deep.include({ currency: 'DEM', amount: 1 });
  });

  it('may name the gateway’s customer, which goes to payment and to no viewer', () => {
    const order = orderInput.parse({ ...ORDER, payment: { method: 'pm_1', customer: 'cus_1' } });
    const charge = commands['payment.charge'].data(order, { hasCoupon: false });
    expect(charge).to.include({ method: 'pm_1', gatewayCustomer: 'cus_1' });
    expect(
      commands['payment.charge'].data(orderInput.parse(ORDER), { hasCoupon: false }),
    ).not.to.have.property('gatewayCustomer');
    expect(JSON.stringify(shown.parse(order))).not.to.contain('cus_1');
  });
});
