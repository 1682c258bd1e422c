import { expect } from 'chai';
import { bisect } from './bisect.ts';

class Fault extends Error {}

describe('bisect', () => {
  /** Bisects `items`; each in `bad` fails for the given number of tries. */
  async function work(items: number[], bad: Map<number, number>) {
    const parked: number[] = [];
    const calls: number[][] = [];
    const results = await bisect<number, number>(
      items,
      async (some) => {
        calls.push([...some]);
        for (const item of some) {
          const left = bad.get(item) ?? 0;
          if (left === 0) continue;
          bad.set(item, left - 1);
          throw new Fault(String(item));
        }
        return some.map((item) => item * 10);
      },
      (error) => error instanceof Fault,
      async (item) => {
        parked.push(item);
        return [];
      },
    );
    return { results, parked, calls };
  }
  const always = Number.POSITIVE_INFINITY;

  it('makes one call when no item is bad', async () => {
    const { results, calls } = await work([1, 2, 3], new Map());
    expect(results).to.deep.equal([10, 20, 30]);
    expect(calls).to.have.length(1);
  });

  it('parks exactly the bad items and keeps the order of the rest', async () => {
    const { results, parked } = await work(
      [1, 2, 3, 4, 5, 6, 7],
      new Map([
        [2, always],
        [6, always],
        [7, always],
      ]),
    );
    expect(results).to.deep.equal([10, 30, 40, 50]);
    expect(parked).to.deep.equal([2, 6, 7]);
  });

  it('retries an item that fails alone once before parking it', async () => {
    const { results, parked } = await work([1], new Map([[1, 1]]));
    expect(results).to.deep.equal([10]);
    expect(parked).to.deep.equal([]);
  });

  it('rethrows an error that is no fault of the items', async () => {
    const failed = await bisect(
      [1, 2],
      async () => {
        throw new Error('the database is away');
      },
      (error) => error instanceof Fault,
      async () => [],
    ).catch((error: Error) => error.message);
    expect(failed).to.equal('the database is away');
  });
});
