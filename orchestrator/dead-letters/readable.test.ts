import { expect } from 'chai';
import { readable } from './readable.ts';

const PERSON = 'Ann Noether, 17 Hidden Street';
const ENVELOPE = {
  specversion: '1.0',
  id: 'x/payment.charge',
  unknown: { of: PERSON },
  data: {
    amount: 4_990,
    items: [{ sku: 'SKU-1', quantity: 2, note: PERSON }],
    undoes: ['x/payment.charge'],
    amountOf: { amount: 1, name: PERSON },
    name: PERSON,
    houseNumber: 17,
  },
};

describe('a dead letter as a person reads it', () => {
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

  it('is JSON, text or hex', () => {
    expect(readable(bytes(ENVELOPE), true)).to.deep.equal({ format: 'json', json: ENVELOPE });
    expect(readable(Buffer.from('{"half'), true)).to.include({ format: 'text', text: '{"half' });
    expect(readable(Buffer.from('a\u0000b'), true)).to.include({ format: 'hex', text: '610062' });
    expect(readable(Buffer.from([0xff]), true)).to.include({ format: 'hex', text: 'ff' });
    expect(readable(Buffer.alloc(100_000, 'a'), true)).to.include({ format: 'text', truncated: true });
    expect(readable(Buffer.alloc(0), true)).to.include({ format: 'text', text: '' });
  });

  it('shows viewers what the allow-list names, and nothing else of it', () => {
    const shown = readable(bytes(ENVELOPE), false);
    expect(JSON.stringify(shown)).not.to.include('Ann').and.not.to.include('Street').and.not.to.include('17');
    expect(shown).to.have.nested.property('json.data.items[0].sku', 'SKU-1');
    expect(shown).to.have.nested.property('json.data.undoes[0]', 'x/payment.charge');
    expect(shown).to.have.nested.property('json.id', 'x/payment.charge');
    expect(shown).to.have.nested.property('json.data.amountOf.amount', 1);
  });

  it('hides from viewers what is no message', () => {
    for (const value of [PERSON, [PERSON], { name: PERSON }, null, 17])
      expect(JSON.stringify(readable(bytes(value), false))).not.to.include('Ann');
    expect(readable(Buffer.from(PERSON), false)).to.deep.equal({ format: 'hidden' });
  });
});
