/** Throughput of several engines, as one. */
import { expect } from 'chai';
import { type Counts, MINUTE_MS, type MinuteCounts } from '#engine/throughput.ts';
import { throughputView } from './throughput.ts';

const NOW = new Date('2026-11-30T12:10:20.000Z');
const PRESENT = Math.floor(NOW.getTime() / MINUTE_MS);

const counted = (counts: readonly Counts[]) => ({ counts, uncounted: 0, isPartial: false });
const since = (minutesAgo: number, ...minutes: MinuteCounts[]): Counts => ({
  sinceMs: NOW.getTime() - minutesAgo * MINUTE_MS,
  minutes,
});
const minute = (minutesAgo: number, started: number, completed: number, failed: number): MinuteCounts => ({
  ...{ minute: PRESENT - minutesAgo, started, completed, failed },
  durations: completed + failed === 0 ? {} : { 40: completed + failed },
});

describe('throughput', () => {
  it('adds up what the engines counted, and has the minutes in which nothing happened', () => {
    const view = throughputView(
      counted([since(3, minute(2, 5, 0, 0), minute(0, 1, 1, 0)), since(1, minute(0, 2, 3, 1))]),
      NOW,
      60,
    );
    expect(
      view.minutes.map(({ at: _, duration, ...rest }) => ({ ...rest, has: duration !== null })),
    ).to.deep.equal([
      { isOver: true, started: 0, completed: 0, failed: 0, has: false },
      { isOver: true, started: 5, completed: 0, failed: 0, has: false },
      { isOver: true, started: 0, completed: 0, failed: 0, has: false },
      { isOver: false, started: 3, completed: 4, failed: 1, has: true },
    ]);
    expect(view.minutes[0]?.at.toISOString()).to.equal('2026-11-30T12:07:00.000Z');
    expect(view.countedSince?.toISOString()).to.equal('2026-11-30T12:07:20.000Z');
  });

  it('is of as many minutes as are wanted', () => {
    const view = throughputView(counted([since(90, minute(30, 7, 7, 0), minute(4, 1, 1, 0))]), NOW, 5);
    expect(view.minutes.map(({ started }) => started)).to.deep.equal([1, 0, 0, 0, 0]);
  });

  it('is nothing where no engine counts', () => {
    const view = throughputView({ counts: [], uncounted: 2, isPartial: false }, NOW, 60);
    expect(view).to.deep.include({ countedSince: null, uncountedEngines: 2, minutes: [] });
  });
});
