/** When "since" is. */
import { expect } from 'chai';
import { sinceMs } from './since.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 12);

describe('since', () => {
  it('is a span back from now, or a date', () => {
    expect(sinceMs('30m', NOW_MS)).to.equal(NOW_MS - 1_800_000);
    expect(sinceMs('12h', NOW_MS)).to.equal(NOW_MS - 12 * 3_600_000);
    expect(sinceMs('7d', NOW_MS)).to.equal(NOW_MS - 7 * 86_400_000);
    expect(sinceMs('2026-11-01T06:00:00+09:00', NOW_MS)).to.equal(Date.UTC(2026, 9, 31, 21));
    expect(sinceMs('2026-11-01T06:00:00Z', NOW_MS)).to.equal(Date.UTC(2026, 10, 1, 6));
    expect(sinceMs('999999d', NOW_MS)).to.equal(0);
  });

  // Regression: a date alone was midnight in UTC, and one with a time was local.
  it('is local time, with and without a time, unless it has an offset', () => {
    const zone = process.env.TZ;
    try {
      for (const [name, hours] of [
        ['Asia/Seoul', 9],
        ['America/Lima', -5],
      ] as const) {
        process.env.TZ = name;
        const midnight = Date.UTC(2026, 10, 1, -hours);
        expect(sinceMs('2026-11-01', NOW_MS), name).to.equal(midnight);
        expect(sinceMs('2026-11-01 00:00', NOW_MS), name).to.equal(midnight);
        expect(sinceMs('2026-11-01T00:00:00', NOW_MS), name).to.equal(midnight);
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  for (const text of [
    '2026-02-30',
    '2026-11-01T25:00',
    '2026-11-01x',
    '',
    'tomorrow',
    '7',
    '7w',
    '2026-13-01',
    '-3d',
  ]) {
    it(`is not "${text}"`, () => {
      expect(() => sinceMs(text, NOW_MS)).to.throw('such as 2026-11-01');
    });
  }
});
