/**
 * `npm run bench -- growth`: what years of ended sagas, thousands of live ones, and large orders cost, each beside the same load
 * without it, in alternating pairs.
 */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { readState } from '#scripts/run/stack/state.ts';
import { conditionsNow } from '../conditions.ts';
import { parseMix } from '../orders/mix.ts';
import { runOrders } from '../orders/run-orders.ts';
import { onTarget, type Target } from '../target.ts';
import { fillHistory, fillLive } from './fill-history.ts';
import type { CaseName, CaseResult, GrowthReport, GrowthRun } from './growth-report.ts';

export interface GrowthOptions {
  readonly cases: readonly CaseName[];
  /** Orders a second; of large orders `itemsRate`. */
  readonly rate: number;
  readonly itemsRate: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly pairs: number;
  /** Ended sagas, over so many months. */
  readonly sagas: number;
  readonly months: number;
  readonly live: number;
  readonly items: number;
  /** Stacks get names of their own from it. They stay, and a later run uses what they hold. */
  readonly stack: string;
  readonly print: (line: string) => void;
}

/** One side of a case. */
interface Side {
  readonly stack: string;
  readonly says: string;
  readonly items?: number;
  /** Fills a new stack. */
  readonly fill?: (target: Target) => Promise<void>;
}

interface Case {
  readonly rate: number;
  readonly without: Side;
  readonly with: Side;
}

/** Of those that have all rows in every schema, as many as the auditor's slices and retention's rounds are tested with. */
const WHOLE_ORDERS = 360;

/** Runs the cases, one after another. @throws StackProblem when a system runs on one of the stacks */
export async function runGrowth(options: GrowthOptions): Promise<GrowthReport> {
  const { seconds, warmupSeconds } = options;
  const cases: CaseResult[] = [];
  for (const name of options.cases) cases.push(await runCase(name, casesOf(options)[name], options));
  return {
    benchmark: 'growth',
    conditions: cases[0]?.runs[0]?.with.report.conditions ?? conditionsNow({}),
    run: { seconds, warmupSeconds },
    cases,
  };
}

function casesOf(options: GrowthOptions): Record<CaseName, Case> {
  const { stack, rate, itemsRate, sagas, months, live, items, print } = options;
  const base = `${stack}-base`;
  const empty: Side = { stack: base, says: 'new tables' };
  return {
    finished: {
      rate,
      without: empty,
      with: {
        stack: `${stack}-finished`,
        says: `${sagas} ended sagas in ${months} months`,
        fill: (target) => fillHistory(target, { months, sagas, orders: WHOLE_ORDERS, print }),
      },
    },
    live: {
      rate,
      without: empty,
      with: {
        stack: `${stack}-live`,
        says: `${live} live sagas`,
        fill: (target) => fillLive(target, live),
      },
    },
    items: {
      rate: itemsRate,
      without: { stack: base, says: `orders of 1 item, ${itemsRate}/s`, items: 1 },
      with: { stack: base, says: `orders of ${items} items, ${itemsRate}/s`, items },
    },
  };
}

async function runCase(name: CaseName, one: Case, options: GrowthOptions): Promise<CaseResult> {
  const { pairs, print } = options;
  for (const side of [one.without, one.with]) await fillNew(side, print);
  const runs: Array<{ without: GrowthRun; with: GrowthRun }> = [];
  for (let pair = 0; pair < pairs; pair++) {
    // The machine's own drift then falls on both sides alike.
    const isWithFirst = pair % 2 === 1;
    const first = await runSide(isWithFirst ? one.with : one.without, one.rate, options);
    const second = await runSide(isWithFirst ? one.without : one.with, one.rate, options);
    runs.push(isWithFirst ? { without: second, with: first } : { without: first, with: second });
  }
  return { name, without: one.without.says, with: one.with.says, rate: one.rate, runs };
}

/** Fills a stack that is new; one whose filling failed is wiped, so that no run takes it for filled. */
async function fillNew({ stack, fill }: Side, print: (line: string) => void): Promise<void> {
  if (fill === undefined || readState(stack) !== undefined) return;
  try {
    await onTarget({ stack, gateway: 'none', print }, fill);
  } catch (error) {
    await stackDown(stack, { wipe: true });
    throw error;
  }
}

async function runSide(side: Side, rate: number, options: GrowthOptions): Promise<GrowthRun> {
  const { seconds, warmupSeconds, print } = options;
  print(side.says);
  return onTarget({ stack: side.stack, gateway: 'none', print }, async (target) => {
    const before = await countSagas(target.databaseUrl);
    const report = await runOrders(target, {
      rate,
      count: Math.round(rate * seconds),
      warmupMs: warmupSeconds * 1000,
      mix: parseMix('good'),
      ...(side.items !== undefined && { items: side.items }),
      print,
    });
    return { ...before, report };
  });
}

/** What the tables really hold. */
async function countSagas(databaseUrl: string): Promise<{ finished: number; live: number }> {
  const client = new pg.Client(connectionTo(databaseUrl));
  await client.connect();
  try {
    const { rows } = await client.query<{ finished: string; live: string }>(
      'SELECT count(*) - count(due_at) AS finished, count(due_at) AS live FROM orchestrator.sagas',
    );
    return { finished: Number(rows[0]?.finished), live: Number(rows[0]?.live) };
  } finally {
    await client.end();
  }
}
