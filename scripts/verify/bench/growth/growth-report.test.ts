/** What is left of a load beside what has grown. */
import { expect } from 'chai';
import type { RunReport } from '../orders/orders-report.ts';
import { type CaseResult, type GrowthRun, growthText, leftOf } from './growth-report.ts';

const CONDITIONS = {
  ...{
    at: '2026-01-01T00:00:00.000Z',
    cores: 2,
    cpu: 'a processor',
    memoryGb: 8,
    node: 'v24',
    commit: 'none',
  },
  ...{ partitions: 12, brokers: 1, engines: 1 },
};

const run = (completedPerSecond: number, cpuMsEach: number | null, p99: number): GrowthRun => ({
  finished: 1_000,
  live: 3,
  report: {
    conditions: CONDITIONS,
    refused: [],
    figures: {
      completedPerSecond,
      cpuMsEach,
      completed: { count: 1, p50: p99 / 2, p95: p99, p99, max: p99 },
    },
  } as unknown as RunReport,
});

const refused: GrowthRun = {
  ...run(1, 1, 1),
  report: { refused: ['3 orders have not ended'], figures: null } as unknown as RunReport,
};

const result = (...runs: CaseResult['runs']): CaseResult => ({
  ...{ name: 'live', without: 'new tables', with: '10000 live sagas', rate: 100, runs },
});

const text = (...cases: CaseResult[]) =>
  growthText({
    benchmark: 'growth',
    conditions: CONDITIONS,
    run: { seconds: 30, warmupSeconds: 20 },
    cases,
  });

describe('the report of growth', () => {
  it('says what is left: of rates with by without, of costs and times without by with', () => {
    const compared = leftOf(result({ without: run(100, 2, 50), with: run(95, 4, 100) }));
    expect(compared?.left).to.deep.equal({ rate: 0.95, cpu: 0.5, p99: 0.5 });
  });

  it('takes the means of the pairs', () => {
    const compared = leftOf(
      result(
        { without: run(100, 2, 40), with: run(90, 2, 50) },
        { without: run(100, 4, 60), with: run(110, 4, 50) },
      ),
    );
    expect(compared?.left).to.deep.equal({ rate: 1, cpu: 1, p99: 1 });
    expect(compared?.without.cpuMsEach).to.equal(3);
  });

  it('compares no CPU where a run has none', () => {
    expect(leftOf(result({ without: run(100, null, 50), with: run(100, 4, 50) }))?.left.cpu).to.equal(null);
  });

  it('gives no figures of a case with a refused run, and says why', () => {
    const one = result({ without: run(100, 2, 50), with: refused });
    expect(leftOf(one)).to.equal(null);
    expect(text(one)).to.include('live: 3 orders have not ended');
  });

  it('shows both sides with what the tables held', () => {
    const shown = text(result({ without: run(100, 2, 50), with: run(95, 4, 100) }));
    expect(shown).to.match(/new tables +│ 100\.0 +│ 2\.00 +│ 25 +│ 50 +│ 1000, 3/);
    expect(shown).to.match(/10000 live sagas +│ 95\.0/);
    expect(shown).to.match(/left +│ 0\.950 +│ 0\.50/);
  });
});
