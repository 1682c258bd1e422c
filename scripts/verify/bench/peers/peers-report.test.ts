import { expect } from 'chai';
import { type ArmResult, type LevelResult, peersText, ratiosOf } from './peers-report.ts';
import { TUNING } from './tuning.ts';

function level(inFlight: number, ordersPerSecond: number, ms: number, cpuMsEach: number | null): LevelResult {
  const latency = { count: 100, p50: ms, p95: ms, p99: ms * 2, max: ms * 3 };
  const cpu = { processes: { postgres: 60.4, steps: 99.5, redis: 0.4 }, idle: 20, steal: 0, busy: 180 };
  const figures = { ordersPerSecond, latency, cpu, cpuMsEach, machinePercent: 90 };
  return { inFlight, completed: 100, mailsLateMs: 0, refused: [], figures };
}

const refused: LevelResult = {
  ...level(64, 0, 0, 0),
  refused: ['99 mails of 100 completed orders'],
  figures: null,
};

const arms: ArmResult[] = [
  { name: 'dbos', version: '5', levels: [level(8, 100, 50, 4), level(64, 100, 400, 4)] },
  { name: 'restate-inline', version: '1', levels: [level(8, 200, 20, null), refused] },
  { name: 'ours', version: 'abc', levels: [level(8, 50, 100, 8), level(64, 300, 100, 3)] },
];

describe('the report of a comparison', () => {
  it('divides ours by each peer at the same number in flight', () => {
    expect(ratiosOf(arms)).to.deep.equal([
      { peer: 'dbos', inFlight: 8, ordersPerSecond: 0.5, p50: 2, p99: 2, cpu: 2 },
      { peer: 'dbos', inFlight: 64, ordersPerSecond: 3, p50: 0.25, p99: 0.25, cpu: 0.75 },
      { peer: 'restate-inline', inFlight: 8, ordersPerSecond: 0.25, p50: 5, p99: 5, cpu: null },
    ]);
    expect(ratiosOf(arms.slice(0, 2))).to.deep.equal([]);
  });

  it('shows versions and conditions, and no figure of a run whose rows do not agree', () => {
    const conditions = {
      ...{ at: '2026-11-30T05:00:00Z', cores: 2, cpu: 'a CPU', memoryGb: 24, node: 'v24', commit: 'abc' },
      ...{ partitions: 12, brokers: 1, engines: 1 },
    };
    const run = { seconds: 30, warmupSeconds: 10, tuning: TUNING };
    const text = peersText({ benchmark: 'peers', conditions, run, arms });
    expect(text).to.include('2 cores (a CPU, 24 GB), Node v24, commit abc');
    expect(text).to.include('20 connections a pool, 1 process(es) of DBOS, 1 partition(s) of Restate');
    expect(text).to.match(/│ dbos +│ 5 +│ 64 +│ 100 +│ 400 +│ 800 +│ 4 /);
    expect(text).to.include('CPU % of one core, dbos, 64 in flight: postgres 60, steps 100\n');
    expect(text).to.match(/│ restate-inline +│ 1 +│ 64 +│ – +│ – +│ – +│ – +│ – /);
    expect(text).to.include('restate-inline, 64 in flight: 99 mails of 100 completed orders');
  });
});
