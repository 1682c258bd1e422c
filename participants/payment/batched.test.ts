import { expect } from 'chai';
import { batched } from './batched.ts';

describe('gathering into batches', () => {
  it('gives each item its own result, a batch under way at a time', async () => {
    const sizes: number[] = [];
    let under = 0;
    const double = batched(4, async (items: readonly number[]) => {
      expect(++under).to.equal(1);
      sizes.push(items.length);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
      return items.map((item) => item * 2);
    });
    const results = await Promise.all([1, 2, 3, 4, 5, 6].map(double));
    expect(results).to.deep.equal([2, 4, 6, 8, 10, 12]);
    expect(sizes).to.deep.equal([4, 2]);
  });

  it('fails the items of a batch that fails, and goes on with the next', async () => {
    let failing = true;
    const work = batched(10, async (items: readonly string[]) => {
      if (failing) throw new Error('away');
      return items;
    });
    const failed = await Promise.allSettled([work('a'), work('b')]);
    expect(failed.map((one) => one.status)).to.deep.equal(['rejected', 'rejected']);
    failing = false;
    expect(await work('c')).to.equal('c');
  });
});
