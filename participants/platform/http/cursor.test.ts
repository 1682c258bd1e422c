import { expect } from 'chai';
import { uuidv7 } from '#protocol/ids.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { Problem } from './problem.ts';

describe('a cursor', () => {
  it('holds an id', () => {
    const id = uuidv7(1_700_000_000_000);
    expect(fromCursor(toCursor(id))).to.equal(id);
    expect(toCursor(id)).not.to.include(id);
  });

  for (const text of ['', 'a', '*'.repeat(22), 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}B`]) {
    it(`is not "${text}"`, () => {
      expect(() => fromCursor(text)).to.throw(Problem);
    });
  }
});
