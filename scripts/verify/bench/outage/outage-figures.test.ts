/** The figures of an outage, from courses made by hand. */
import { expect } from 'chai';
import { outageFigures } from './outage-figures.ts';

const course = { outageAtMs: 10_000, backAtMs: 20_000, endMs: 60_000 };
const dueAt = (order: number) => order * 1_000;
/** Sixty orders, one a second, each as late as it says. */
const record = (lateMs: (order: number) => number) => ({
  endedAt: Float64Array.from({ length: 60 }, (_, order) => dueAt(order) + lateMs(order)),
});
/** A count a second. */
const counts = (callsPerSecond: (second: number) => number) => {
  const found = [{ atMs: 0, calls: 0 }];
  for (let second = 1; second <= 60; second++)
    found.push({ atMs: second * 1_000, calls: (found.at(-1)?.calls ?? 0) + callsPerSecond(second) });
  return found;
};
const steady = counts(() => 20);

describe('the figures of an outage', () => {
  it('are normal from the first order on from which all are as quick as before', () => {
    const late = (order: number) => (order < 10 ? 100 : order < 35 ? 5_000 : 150);
    const { before, normalAfterSeconds } = outageFigures(course, record(late), dueAt, steady);
    expect(before).to.deep.include({ p50: 100, p99: 100 });
    expect(normalAfterSeconds).to.equal(15);
  });

  it('are never normal where the last order is slow, or never ended', () => {
    for (const last of [5_000, Number.NaN]) {
      const late = (order: number) => (order === 59 ? last : 100);
      expect(outageFigures(course, record(late), dueAt, steady).normalAfterSeconds).to.equal(null);
    }
  });

  it('name the busiest five seconds after the return by the rate of before', () => {
    const figures = outageFigures(
      course,
      record(() => 100),
      dueAt,
      counts((second) => (second <= 10 ? 20 : second <= 20 ? 0 : second <= 30 ? 50 : 20)),
    );
    expect(figures).to.deep.include({ callsBefore: 20, overshoot: 2.5 });
  });
});
