import { expect } from 'chai';
import { takeTurns } from './take-turns.ts';

describe('lists that take turns', () => {
  it('keep their own order and are spread over the whole', () => {
    expect(takeTurns<string | number>([[1, 2], ['a', 'b', 'c', 'd'], []])).to.deep.equal([
      'a',
      1,
      'b',
      'c',
      2,
      'd',
    ]);
  });
});
