/** The place of an event in Redis: exact, and short. */
import { expect } from 'chai';
import { uuidv7 } from '#protocol/ids.ts';
import { placeOf } from './processed-events.ts';

const AT = Date.UTC(2026, 10, 22, 10);
const textOf = (eventId: string) => {
  const place = placeOf(eventId);
  return place === null ? null : `${place.key} ${place.field.toString('hex')}`;
};

describe('the place of a processed event', () => {
  it('is another for every order, instant and type', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => uuidv7(AT + (i % 500)));
    const events = ids.flatMap((id) => [`${id}/order.completed`, `${id}/order.failed`]);
    expect(new Set(events.map(textOf)).size).to.equal(events.length);
  });

  it('keeps every bit of the id', () => {
    const id = uuidv7(AT).replaceAll('-', '');
    const dashed = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const places = Array.from(id, (digit, at) => {
      const other = (Number.parseInt(digit, 16) ^ 1).toString(16);
      return textOf(`${dashed(id.slice(0, at) + other + id.slice(at + 1))}/order.failed`);
    });
    expect(new Set([...places, textOf(`${dashed(id)}/order.failed`)]).size).to.equal(id.length + 1);
  });

  it('is one key for the orders of an eighth of a second', () => {
    const keys = Array.from({ length: 1_280 }, (_, i) => placeOf(`${uuidv7(AT + i)}/order.completed`)?.key);
    expect(new Set(keys).size).to.be.within(10, 11);
  });

  it('is none for what ends no order', () => {
    for (const text of ['', 'x', uuidv7(AT), `${uuidv7(AT)}/order.created`, 'nobody/order.completed'])
      expect(placeOf(text)).to.equal(null);
  });
});
