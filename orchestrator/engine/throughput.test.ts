/** What an engine counts of its moves, minute by minute. */
import { expect } from 'chai';
import type { Move } from './ports.ts';
import { countThroughput, MINUTE_MS, quantileOf } from './throughput.ts';

const NOON_MS = Date.parse('2026-11-30T12:00:00.000Z');
const NOON = NOON_MS / MINUTE_MS;

interface Of {
  readonly isStart?: boolean;
  readonly status?: 'running' | 'completed' | 'failed';
  readonly tookMs?: number;
  readonly wasEnded?: boolean;
}

/** A move, with what counts of it. */
function move({ isStart = false, status = 'running', tookMs = 0, wasEnded = false }: Of): Move {
  const createdAt = new Date(NOON_MS);
  const endedAt = new Date(NOON_MS + tookMs);
  const before = { version: isStart ? 0 : 3, endedAt: wasEnded ? endedAt : null };
  const after = { status, createdAt, endedAt: status === 'running' ? null : endedAt };
  return { before, after, entries: [] } as unknown as Move;
}

describe('throughput of an engine', () => {
  it('is what starts and what ends, each once, in the minute in which it does', () => {
    const throughput = countThroughput(NOON_MS);
    throughput.count([move({ isStart: true }), move({ isStart: true }), move({})], NOON_MS);
    throughput.count(
      [
        move({ status: 'completed', tookMs: 900 }),
        move({ status: 'failed', tookMs: 4_000 }),
        move({ status: 'failed', wasEnded: true }),
      ],
      NOON_MS + MINUTE_MS,
    );
    const { sinceMs, minutes } = throughput.counts(NOON_MS + MINUTE_MS);
    expect(sinceMs).to.equal(NOON_MS);
    expect(minutes.map(({ durations, ...counts }) => counts)).to.deep.equal([
      { minute: NOON, started: 2, completed: 0, failed: 0 },
      { minute: NOON + 1, started: 0, completed: 1, failed: 1 },
    ]);
    expect(Object.values(minutes[1]?.durations ?? {})).to.deep.equal([1, 1]);
  });

  it('counts a saga that starts and ends in one move as both', () => {
    const throughput = countThroughput(NOON_MS);
    throughput.count([move({ isStart: true, status: 'failed', tookMs: 20 })], NOON_MS);
    expect(throughput.counts(NOON_MS).minutes[0]).to.include({ started: 1, failed: 1 });
  });

  it('forgets what is older than an hour, whether or not anything moves', () => {
    const throughput = countThroughput(NOON_MS);
    throughput.count([move({ isStart: true })], NOON_MS);
    expect(throughput.counts(NOON_MS + 60 * MINUTE_MS).minutes).to.have.length(1);
    expect(throughput.counts(NOON_MS + 61 * MINUTE_MS).minutes).to.deep.equal([]);
  });

  it('says within what time a share ended, to 9 %', () => {
    const throughput = countThroughput(NOON_MS);
    const durations = Array.from({ length: 1_000 }, (_, i) => (i + 1) * 10);
    throughput.count(
      durations.map((tookMs) => move({ status: 'completed', tookMs })),
      NOON_MS,
    );
    const classes = throughput.counts(NOON_MS).minutes[0]?.durations ?? {};
    for (const [share, exact] of [
      [0.5, 5_000],
      [0.95, 9_500],
      [0.99, 9_900],
    ] as const)
      expect(quantileOf(classes, share), String(share)).to.be.within(exact * 0.91, exact * 1.1);
  });

  it('has no quantile of nothing, and one of a saga whose clock went back', () => {
    expect(quantileOf({}, 0.5)).to.equal(null);
    const throughput = countThroughput(NOON_MS);
    throughput.count([move({ status: 'completed', tookMs: -50 })], NOON_MS);
    expect(quantileOf(throughput.counts(NOON_MS).minutes[0]?.durations ?? {}, 0.99)).to.equal(1);
  });
});
