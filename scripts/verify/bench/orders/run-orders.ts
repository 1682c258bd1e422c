/** One run of the orders' benchmark: warm up, measure, drain, check the checks; figures only when nothing is missing. */
import { ledgerTable } from '#scripts/verify/ledger/ledger-table.ts';
import { verifyLedger } from '#scripts/verify/ledger/verify.ts';
import { conditionsNow } from '../conditions.ts';
import { cpuFigures, type Observed } from '../cpu-cost.ts';
import { round } from '../percentiles.ts';
import { schedule } from '../schedule.ts';
import type { Target } from '../target.ts';
import { orderBodies } from './bodies.ts';
import { measure } from './measure-orders.ts';
import { kindOf, type Mix } from './mix.ts';
import { openOrderChecks } from './order-checks.ts';
import { figuresOf } from './orders-figures.ts';
import type { RunReport } from './orders-report.ts';
import { outcomes } from './outcomes.ts';

export interface RunOptions {
  /** Orders a second. */
  readonly rate: number;
  /** Orders in the measured window. */
  readonly count: number;
  readonly warmupMs: number;
  readonly mix: Mix;
  /** Items of each order; one to three without it. */
  readonly items?: number;
  readonly print: (line: string) => void;
  /** What else is measured between the two ends of the window. */
  readonly window?: Observed;
}

/**
 * Runs the benchmark on a system that is ready.
 * @throws when the API or the database stops answering
 */
export async function runOrders(target: Target, options: RunOptions): Promise<RunReport> {
  const { rate, count, warmupMs, mix, items, print, window } = options;
  const plan = schedule({ rate, count, warmupMs });
  const seconds = round(count / rate);
  const checks = await openOrderChecks(target.databaseUrl);
  try {
    const ordersBefore = await checks.before();
    const pids = await target.pids();
    const conditions = conditionsNow(pids);
    print(`${plan.firstMeasured} orders to warm up, then ${count} at ${rate}/s for ${seconds} s`);
    const orders = { mix, bodyOf: orderBodies(items), ...(window && { window }) };
    const { record, endings, mails, cpu, missing } = await measure(target, plan, orders, pids, checks);
    print('all sent and ended; checking the database');
    const ledger = await verifyLedger({ ...target, limits: { mailMs: 0, clockMs: 0 } });
    const broken = ledger.filter(({ violations }) => violations > 0);
    const refused = [
      ...missing,
      ...(broken.length > 0 ? [`the ledger does not hold\n${ledgerTable(broken)}`] : []),
    ];

    const accepted = [...record.ids.entries()].flatMap(([n, id]) =>
      id === undefined ? [] : [{ n, id, kind: kindOf(mix, n) }],
    );
    const failed = accepted.filter(({ id }) => endings.get(id)?.status === 'failed').map(({ n }) => n);
    const figures = figuresOf(plan, record, new Set(failed));
    const { gateway } = target;
    const warmupSeconds = warmupMs / 1000;
    return {
      benchmark: 'orders',
      conditions,
      run: { rate, seconds, orders: count, warmupSeconds, mix: mix.join('/'), gateway, ordersBefore },
      outcomes: outcomes(accepted, endings),
      mails,
      refused,
      figures: refused.length > 0 ? null : { ...figures, ...cpuFigures(cpu, figures.endedPerSecond) },
    };
  } finally {
    await checks.close();
  }
}
