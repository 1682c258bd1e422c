/** The AsyncAPI document is valid and complete, and it accepts exactly the messages the codec accepts. */
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { type AsyncApiDocument, faultsOfAsyncApi, validatorOf } from '#protocol/testing/asyncapi.ts';
import { sagas } from '../sagas/index.ts';
import { given, inventoryReserved } from '../sagas/order/testing/given.ts';
import { asyncApi } from './asyncapi.ts';

describe('asyncapi.json', () => {
  const document = asyncApi(sagas().map(register)) as AsyncApiDocument;

  it('is clean by AsyncAPI’s linter', async () => {
    expect(await faultsOfAsyncApi(document)).to.deep.equal([]);
  });

  it('lists every type on its topic', () => {
    const on = (topic: string) => Object.keys(document.channels[topic]?.messages ?? {});
    expect(on('payment-completed')).to.deep.equal(['payment.charged']);
    expect(on('inventory-requested')).to.include.members([
      'inventory.reserve',
      'inventory.release',
      'inventory.revoke',
    ]);
    expect(on('saga-replies')).to.include.members([
      'payment.declined',
      'payment.refunded',
      'payment.delayed',
    ]);
    expect(on('order-failed')).to.deep.equal(['order.failed']);
    expect(on('saga-control')).to.deep.equal(['saga.timer', 'saga.action']);
  });

  it('accepts a real message, and rejects one of another type or with other data', () => {
    const charge = given()
      .after(inventoryReserved)
      .taken.entry.out.find(({ event }) => event.type === 'payment.charge');
    const validate = validatorOf(document, 'payment.charge');
    expect(charge).not.to.equal(undefined);
    expect(validate(charge?.event), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ ...charge?.event, type: 'payment.refund' })).to.equal(false);
    expect(validate({ ...charge?.event, data: { amount: '12' } })).to.equal(false);
  });
});
