/** The AsyncAPI document is valid by AsyncAPI's own schema, complete, and says of real messages what the codec says. */
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { register } from '../engine/define.ts';
import { sagas } from '../sagas/index.ts';
import { given, inventoryReserved } from '../sagas/order/testing/given.ts';
import { asyncApi } from './asyncapi.ts';

interface Document {
  readonly channels: Record<string, { messages: Record<string, unknown> }>;
  readonly components: { schemas: Record<string, object> };
}

describe('asyncapi.json', () => {
  const document = asyncApi(sagas().map(register)) as Document;
  const ajv = () => {
    const made = new Ajv({ strict: false, allErrors: true });
    formats.default(made);
    return made;
  };

  it('is an AsyncAPI 3.0 document', () => {
    const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
    const validate = ajv().compile(schema);
    expect(validate(document), JSON.stringify(validate.errors?.slice(0, 5), null, 1)).to.equal(true);
  });

  it('tells every type on the topic that bears it', () => {
    const on = (topic: string) => Object.keys(document.channels[topic]?.messages ?? {});
    expect(on('payment-completed')).to.deep.equal(['payment.charged']);
    expect(on('inventory-requested')).to.include.members([
      'inventory.reserve',
      'inventory.release',
      'inventory.void',
    ]);
    expect(on('saga-replies')).to.include.members([
      'payment.declined',
      'payment.refunded',
      'payment.delayed',
    ]);
    expect(on('order-failed')).to.deep.equal(['order.failed']);
    expect(on('saga-control')).to.deep.equal(['saga.timer', 'saga.action']);
  });

  it('lets through what is really sent, and nothing that only looks like it', () => {
    const validator = ajv();
    validator.addSchema({ $id: 'doc', components: { schemas: document.components.schemas } });
    const charge = given()
      .after(inventoryReserved)
      .taken.entry.out.find(({ event }) => event.type === 'payment.charge');
    const validate = validator.getSchema('doc#/components/schemas/payment.charge');
    expect(charge).not.to.equal(undefined);
    expect(validate?.(charge?.event), JSON.stringify(validate?.errors)).to.equal(true);
    expect(validate?.({ ...charge?.event, type: 'payment.refund' })).to.equal(false);
    expect(validate?.({ ...charge?.event, data: { amount: '12' } })).to.equal(false);
  });
});
