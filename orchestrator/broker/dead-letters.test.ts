import { expect } from 'chai';
import { UnfitValue } from '#platform/postgres/array-parameters.ts';
import { silent } from '#platform/process/log.ts';
import { registry } from '#platform/process/metrics.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { RetryableError } from '#protocol/errors.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { copyAll } from './dead-letters.ts';

const letter = (offset: number): InRecord => ({
  topic: DEAD_LETTERS,
  partition: 0,
  offset,
  key: null,
  value: null,
  timestamp: 0,
});

describe('copyAll', () => {
  for (const fault of [new UnfitValue('no int4'), new TypeError('a defect'), new RangeError('out of range')])
    it(`skips and counts the one letter that the database refuses: ${fault.message}`, async () => {
      const copied = new Set<number>();
      const copy = async (records: readonly InRecord[]) => {
        if (records.some(({ offset }) => offset === 3)) throw fault;
        for (const { offset } of records) copied.add(offset);
      };
      const count = async () =>
        (await registry.getSingleMetric('dead_letters_uncopied_total')?.get())?.values[0]?.value ?? 0;
      const before = await count();
      await copyAll({ copy }, [1, 2, 3, 4, 5].map(letter), silent);
      expect([...copied].sort()).to.deep.equal([1, 2, 4, 5]);
      expect(await count()).to.equal(before + 1);
    });

  it('retries while the database is away', async () => {
    let tries = 0;
    const copy = async () => {
      if (++tries < 3) throw new RetryableError('database-unavailable', 'away');
    };
    await copyAll({ copy }, [letter(1)], silent);
    expect(tries).to.equal(3);
  });
});
