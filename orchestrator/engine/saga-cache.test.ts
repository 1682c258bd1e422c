import { expect } from 'chai';
import { newRow, order } from '#orchestrator/sagas/order/testing/given.ts';
import type { SagaRow } from './saga.ts';
import { SagaCache } from './saga-cache.ts';

const MINUTE_MS = 60_000;
const idOf = (nth: number) => `019a0000-0000-7000-8000-${String(nth).padStart(12, '0')}`;
const rowOf = (nth: number, version = 1, change: Partial<SagaRow> = {}): SagaRow => ({
  ...newRow(order, idOf(nth)),
  version,
  ...change,
});

describe('SagaCache', () => {
  let cache: SagaCache;
  const versionOf = (nth: number, nowMs = 0) => cache.find([idOf(nth)], nowMs).get(idOf(nth))?.version;
  beforeEach(() => {
    cache = new SagaCache();
  });

  it('keeps the newest version, in whatever order batches end', () => {
    cache.put([rowOf(1, 3)], 0);
    cache.put([rowOf(1, 2)], 0);
    expect(versionOf(1)).to.equal(3);
  });

  it('finds only what is younger than a minute', () => {
    cache.put([rowOf(1)], 0);
    expect(versionOf(1, MINUTE_MS - 1)).to.equal(1);
    expect(versionOf(1, MINUTE_MS)).to.equal(undefined);
  });

  it('holds nothing for longer than a minute while sagas move', () => {
    cache.put([rowOf(1)], 0);
    cache.put([rowOf(2)], MINUTE_MS);
    expect(versionOf(1, 0)).to.equal(undefined);
    expect(versionOf(2, MINUTE_MS)).to.equal(1);
  });

  it('drops those that were moved longest ago where there are too many', () => {
    cache.put([rowOf(1), rowOf(2)], 0);
    cache.put([rowOf(1, 2)], 0);
    cache.put(
      Array.from({ length: 4_999 }, (_, nth) => rowOf(nth + 3)),
      0,
    );
    expect([versionOf(2), versionOf(1), versionOf(3)]).to.deep.equal([undefined, 2, 1]);
  });

  it('drops a saga that has ended', () => {
    cache.put([rowOf(1)], 0);
    cache.put([rowOf(1, 2, { endedAt: new Date(0) })], 0);
    expect(versionOf(1)).to.equal(undefined);
  });
});
