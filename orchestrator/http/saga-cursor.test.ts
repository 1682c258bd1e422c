import { expect } from 'chai';
import { Problem } from '#platform/http/problem.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { fromSagaCursor, toSagaCursor } from './saga-cursor.ts';

const LIST = { filter: { stuck: true, state: 'chargingPayment' }, sort: 'longestInState' } as const;
const AT = {
  asOfMs: 1_700_000_000_000,
  after: { id: uuidv7(1_700_000_000_000), stateSinceMs: 1_699_999_999_123 },
};

describe('a cursor of sagas', () => {
  const cursor = toSagaCursor(LIST, AT);

  it('holds where the next page begins, and fits into a query', () => {
    expect(fromSagaCursor(LIST, cursor)).to.deep.equal(AT);
    expect(cursor).to.match(/^[\w-]{43}$/);
  });

  it('belongs to its list, in whatever order its filters are named', () => {
    const { stuck, state } = LIST.filter;
    expect(fromSagaCursor({ ...LIST, filter: { state, stuck, paused: undefined } }, cursor)).to.deep.equal(
      AT,
    );
    for (const other of [
      { ...LIST, sort: 'newest' as const },
      { ...LIST, filter: { stuck } },
      { ...LIST, filter: { stuck, state: 'created' } },
    ])
      expect(() => fromSagaCursor(other, cursor)).to.throw(Problem, 'another filter or order');
  });

  for (const text of ['', 'a', '*'.repeat(43), cursor.slice(1), `${cursor}A`]) {
    it(`is not "${text}"`, () => {
      expect(() => fromSagaCursor(LIST, text)).to.throw(Problem, 'not one of this list');
    });
  }
});
