/** The list of sagas: every version can be registered, and none is there twice. */
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { sagas } from './index.ts';

describe('the list of sagas', () => {
  it('has each version once, the newest last, and each can be registered', () => {
    const all = sagas().map(register);
    const versions = Map.groupBy(all, ({ name }) => name);
    for (const [name, some] of versions) {
      const numbers = some.map(({ version }) => version);
      expect(numbers, name).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b));
    }
    expect(versions.has('order')).to.equal(true);
  });
});
