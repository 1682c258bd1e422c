/** Erasing a person from documents: what goes, what stays, and that input and messages are erased alike. */
import { expect } from 'chai';
import { ERASED, eraseDocument, eraseText } from './erase-document.ts';

const PERSON = { customerId: 'ann@example.org', subject: 'erased-1' };
const ADDRESS = { country: 'DE', name: 'Ann', line1: '17 Street', city: 'Bonn', postalCode: '53111' };
const GONE = { country: 'DE', name: ERASED, line1: ERASED, city: ERASED, postalCode: ERASED };

describe('an erased document', () => {
  const erase = (document: unknown) => eraseDocument(document, PERSON);

  it('of an order keeps what was ordered, and the country', () => {
    const order = {
      customerId: 'ann@example.org',
      items: [{ sku: 'coffee', quantity: 2 }],
      currency: 'EUR',
      amount: 5,
      payment: { method: 'pm_1', customer: 'cus_1' },
      shippingAddress: ADDRESS,
    };
    expect(erase(order)).to.deep.equal({
      ...order,
      customerId: 'erased-1',
      payment: { method: ERASED, customer: ERASED },
      shippingAddress: GONE,
    });
  });

  it('of a message has in the same places what the order has', () => {
    const out = [
      { topic: 't', event: { type: 'shipping.prepare', data: { address: ADDRESS, items: [] } } },
      {
        topic: 't',
        event: {
          data: { customerId: 'ann@example.org', method: 'pm_1', gatewayCustomer: 'cus_1', amount: 5 },
        },
      },
    ];
    expect(erase(out)).to.deep.equal([
      { topic: 't', event: { type: 'shipping.prepare', data: { address: GONE, items: [] } } },
      {
        topic: 't',
        event: { data: { customerId: 'erased-1', method: ERASED, gatewayCustomer: ERASED, amount: 5 } },
      },
    ]);
  });

  it('has no field of an input that is not kept, whatever it holds', () => {
    const unlisted = { shippingAddress: '17 Street, Bonn', items: [{ sku: 'coffee' }], currency: 'EUR' };
    const gone = { ...unlisted, shippingAddress: ERASED };
    expect(erase({ input: unlisted, out: [{ data: unlisted }] })).to.deep.equal({
      input: gone,
      out: [{ data: gone }],
    });
    expect(erase({ context: unlisted }), 'is of no input').to.deep.equal({ context: unlisted });
  });

  it('of an action keeps who of the staff did what, and no text of theirs', () => {
    const action = { actionId: 'a', action: 'edit', actor: 'bob', reason: 'Ann has moved', revision: 3 };
    const params = { input: { shippingAddress: ADDRESS, payment: { method: 'pm_2' } }, evidence: 'a letter' };
    expect(erase({ ...action, params })).to.deep.equal({
      ...action,
      reason: ERASED,
      params: { input: { shippingAddress: GONE, payment: { method: ERASED } }, evidence: ERASED },
    });
    expect(erase({ ...action, actor: 'ann@example.org' })).to.include({ actor: 'erased-1' });
  });

  it('leaves names that are no person’s, and other people’s ids', () => {
    const other = {
      data: { name: 'chargeDeadline', generation: 2 },
      customerId: 'bob',
      reason: 'payment.declined',
      none: null,
    };
    expect(erase(other)).to.deep.equal(other);
  });

  it('has no id in the texts of servers', () => {
    expect(erase({ text: 'no account of ann@example.org here', code: 'x' })).to.deep.equal({
      text: 'no account of erased-1 here',
      code: 'x',
    });
    expect(eraseText('a', { customerId: 'a', subject: 'erased-1' })).to.equal('erased-1');
    expect(
      eraseText('paid', { customerId: 'a', subject: 'erased-1' }),
      'a short id is in every text',
    ).to.equal('paid');
  });
});
