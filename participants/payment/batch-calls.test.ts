import { expect } from 'chai';
import { batchCalls } from './batch-calls.ts';

describe('batchCalls', () => {
  it('resolves each item with its own result, running one batch at a time', async () => {
    const sizes: number[] = [];
    let under = 0;
    const double = batchCalls(4, async (items: readonly number[]) => {
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

  it('rejects the items of a failed batch, and goes on with the next', async () => {
    let failing = true;
    const work = batchCalls(10, async (items: readonly string[]) => {
      if (failing) throw new Error('away');
      return items;
    });
    const failed = await Promise.allSettled([work('a'), work('b')]);
    expect(failed.map((one) => one.status)).to.deep.equal(['rejected', 'rejected']);
    failing = false;
    expect(await work('c')).to.equal('c');
  });
});
