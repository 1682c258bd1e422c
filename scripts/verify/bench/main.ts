/** `npm run bench -- orders|coupons|cost|growth|peers|search|outage|start …`: the benchmarks' command line. Each benchmark is a subcommand with a folder of its own. */
import { Command, Option } from 'commander';
import { runMain } from '#scripts/run/stack/problem.ts';
import { defaultStack } from '#scripts/run/stack/stack.ts';
import { writeJson } from '#scripts/run/stack/state.ts';
import { out, say as print } from '#scripts/run/terminal.ts';
import { above, parse, whole } from './arguments.ts';
import { costText } from './cost/cost-report.ts';
import { runCost } from './cost/run-cost.ts';
import { reportText as couponsText } from './coupons/coupons-report.ts';
import { runCoupons } from './coupons/run-coupons.ts';
import { drainCommand } from './drain/command.ts';
import { fillHistory } from './growth/fill-history.ts';
import { CASES, type CaseName, growthText, refusals } from './growth/growth-report.ts';
import { runGrowth } from './growth/run-growth.ts';
import { parseMix } from './orders/mix.ts';
import { reportText } from './orders/orders-report.ts';
import { runOrders } from './orders/run-orders.ts';
import { outageCommand } from './outage/command.ts';
import { addName, parseLevels } from './peers/levels.ts';
import { ARMS, type ArmName } from './peers/names.ts';
import { peersText } from './peers/peers-report.ts';
import { runPeers } from './peers/run-peers.ts';
import { TUNING } from './peers/tuning.ts';
import { searchCommand } from './search/command.ts';
import { SOCKETS_MAX } from './sockets.ts';
import { startCommand } from './start/command.ts';
import { type GatewayMode, onTarget } from './target.ts';

/** The arguments of `orders`. */
interface OrdersArguments {
  readonly rate: number;
  readonly seconds?: number;
  readonly count?: number;
  readonly warmup: number;
  readonly mix: ReturnType<typeof parseMix>;
  readonly gateway?: GatewayMode;
  readonly observe: boolean;
  readonly stack: string;
  readonly json?: string;
}

/** The arguments of `coupons`. */
interface CouponsArguments {
  readonly rate: number;
  readonly seconds: number;
  readonly total: number;
  readonly duplicates: number;
  readonly sockets: number;
  readonly connections: number;
  readonly ownTokens: boolean;
  readonly warmup: number;
  readonly stack: string;
  readonly json?: string;
}

/** The arguments of `cost`. */
interface CostArguments {
  readonly rate: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly observe: boolean;
  readonly stack: string;
  readonly json?: string;
}

/** The arguments of `history`. */
interface HistoryArguments {
  readonly months: number;
  readonly sagas: number;
  readonly orders: number;
  readonly stack: string;
}

/** The arguments of `growth`. */
interface GrowthArguments {
  readonly case: readonly CaseName[];
  readonly rate: number;
  readonly itemsRate: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly pairs: number;
  readonly sagas: number;
  readonly months: number;
  readonly live: number;
  readonly items: number;
  readonly stack: string;
  readonly json?: string;
}

/** The arguments of `peers`. */
interface PeersArguments {
  readonly inFlight: readonly number[];
  readonly seconds: number;
  readonly warmup: number;
  readonly only: readonly ArmName[];
  readonly pool: number;
  readonly dbosProcesses: number;
  readonly restatePartitions: number;
  readonly stack: string;
  readonly json?: string;
}

const MONTHS_MAX = 120;

const program = new Command('npm run bench --').description(
  'open-loop benchmarks that verify the ledger afterwards',
);

program
  .command('orders')
  .description('orders over HTTP at a fixed rate, each followed to its end')
  .requiredOption('--rate <R>', 'orders a second', above(0))
  .addOption(new Option('--seconds <S>', 'how long to measure').argParser(above(0)).conflicts('count'))
  .option('--count <N>', 'how many orders to measure, instead of --seconds', above(0))
  .option('--warmup <S>', 'seconds at a third of the rate before it counts', above(-1), 10)
  .addOption(
    new Option('--mix <MIX>', 'good, mixed, or percent good/declined/sold-out/unserved, such as 85/5/5/5')
      .argParser(parse(parseMix))
      .default(parseMix('good'), 'good'),
  )
  .addOption(
    new Option('--gateway <MODE>', 'default: that of the running system, else none').choices([
      'none',
      'simulator',
    ]),
  )
  .option('--observe', 'start the system with everything that observes it, 1 % of the requests traced', false)
  .option('--stack <NAME>', 'the local stack', defaultStack())
  .option('--json <FILE>', 'write the report for machines too')
  .action((given: OrdersArguments) => runMain(() => orders(given)));

program
  .command('coupons')
  .description(
    'requests for coupons over HTTP at a fixed rate, each result received on a WebSocket and checked',
  )
  .requiredOption('--rate <R>', 'requests a second', above(0))
  .requiredOption('--seconds <S>', 'how long to measure', above(0))
  .requiredOption('--total <T>', 'how many coupons there are', whole)
  .option('--duplicates <PCT>', 'percent of the requests whose user made one before', above(-1, 99), 5)
  .option('--sockets <N>', 'WebSockets that receive the results, each for its share of the users', whole, 20)
  .option(
    '--connections <N>',
    'connections at the most; when all are busy the next request waits',
    whole,
    SOCKETS_MAX,
  )
  .option(
    '--own-tokens',
    'each user sends its own token, not one backend for all; the API must allow that from one address: COUPON_ADDRESS_PER_SECOND, COUPON_ADDRESS_BURST',
    false,
  )
  .option(
    '--warmup <S>',
    'seconds at a third of the rate, on another campaign, before it counts',
    above(-1),
    10,
  )
  .option('--stack <NAME>', 'the local stack', defaultStack())
  .option('--json <FILE>', 'write the report for machines too')
  .action((given: CouponsArguments) => runMain(() => coupons(given)));

program
  .command('cost')
  .description(
    'what an order costs: CPU by process and kind of work, PostgreSQL by statement, on a new stack',
  )
  .requiredOption('--rate <R>', 'orders a second', above(0))
  .option('--seconds <S>', 'how long to measure', above(0), 30)
  .option('--warmup <S>', 'seconds at a third of the rate before it counts', above(-1), 10)
  .option('--observe', 'with everything that observes the system, 1 % of the requests traced', false)
  .requiredOption('--stack <NAME>', 'a stack to be wiped afterwards')
  .option('--json <FILE>', 'write the report for machines too')
  .action((given: CostArguments) => runMain(() => cost(given)));

program
  .command('history')
  .description(
    'fills a stack with the finished sagas of years; what they cost is what `orders` then differs by',
  )
  .requiredOption('--months <M>', 'months before this one', above(0, MONTHS_MAX))
  .requiredOption('--sagas <N>', 'sagas, the same number in each month', whole)
  .option('--orders <N>', 'as many of them have all rows of an order, in every schema', whole, 360)
  .requiredOption('--stack <NAME>', 'a stack to be wiped afterwards')
  .action((given: HistoryArguments) => runMain(() => history(given)));

program
  .command('growth')
  .description('what years of ended sagas, thousands of live ones and large orders cost, beside none of them')
  .addOption(new Option('--case <NAME...>', 'what grows').choices(CASES).default(CASES, 'all'))
  .requiredOption('--rate <R>', 'orders a second', above(0))
  .option('--items-rate <R>', 'orders a second where their items grow', above(0), 20)
  .option('--seconds <S>', 'how long to measure', above(0), 30)
  .option('--warmup <S>', 'seconds at a third of the rate before it counts', above(-1), 20)
  .option('--pairs <N>', 'runs with and without', whole, 2)
  .option('--sagas <N>', 'ended sagas', whole, 1_000_000)
  .option('--months <M>', 'months before this one that they are in', above(0, MONTHS_MAX), 36)
  .option('--live <N>', 'live sagas', whole, 10_000)
  .option('--items <N>', 'items of an order', whole, 100)
  .requiredOption('--stack <NAME>', 'the beginning of the names of stacks, to be wiped afterwards')
  .option('--json <FILE>', 'write the report for machines too')
  .action((given: GrowthArguments) => runMain(() => growth(given)));

program
  .command('peers')
  .description('the same order by DBOS, by Restate and by ours, each with the same numbers in flight')
  .addOption(
    new Option('--in-flight <N,…>', 'orders in flight, one row a number')
      .argParser(parse(parseLevels))
      .default([8, 64, 256], '8,64,256'),
  )
  .option('--seconds <S>', 'how long to measure each row', above(0), 30)
  .option(
    '--warmup <S>',
    'seconds of the same load before it counts, three times as long before a first row',
    above(-1),
    10,
  )
  .addOption(
    new Option('--only <NAME...>', `of ${ARMS.join(', ')}`)
      .argParser((text: string, before: readonly ArmName[]) =>
        parse((name) => addName(name, before === ARMS ? [] : before))(text),
      )
      .default(ARMS, 'all'),
  )
  .option('--pool <N>', 'connections of a pool of a peer', whole, TUNING.pool)
  .option('--dbos-processes <N>', 'processes of DBOS', whole, TUNING.dbosProcesses)
  .option('--restate-partitions <N>', 'partitions of Restate', whole, TUNING.restatePartitions)
  .option('--stack <NAME>', 'a stack on which nothing else runs', 'peers-bench')
  .option('--json <FILE>', 'write the report for machines too')
  .action((given: PeersArguments) => runMain(() => peers(given)));

program.addCommand(drainCommand());
program.addCommand(searchCommand());
program.addCommand(outageCommand());
program.addCommand(startCommand());

await program.parseAsync();
// An interrupted run would go on sending.
process.exit();

async function orders({ rate, mix, json, ...given }: OrdersArguments): Promise<number> {
  const count = given.count ?? Math.round(rate * (given.seconds ?? 60));
  const warmupMs = given.warmup * 1000;
  const where = { stack: given.stack, gateway: given.gateway, observe: given.observe, print };
  const report = await onTarget(where, (target) => runOrders(target, { rate, count, warmupMs, mix, print }));
  out(reportText(report));
  if (json !== undefined) writeJson(json, report);
  const asExpected = report.outcomes.every(({ otherwise }) => Object.keys(otherwise).length === 0);
  if (!asExpected) print('Some orders did not end as they were made to: see "otherwise".');
  return report.refused.length === 0 && asExpected ? 0 : 1;
}

async function cost({ rate, seconds, warmup, stack, observe, json }: CostArguments): Promise<number> {
  const options = {
    rate,
    count: Math.round(rate * seconds),
    warmupMs: warmup * 1000,
    mix: parseMix('good'),
    print,
  };
  const report = await runCost({ stack, observe }, options);
  out(costText(report));
  if (json !== undefined) writeJson(json, report);
  return 0;
}

async function coupons({ rate, seconds, warmup, stack, json, ...given }: CouponsArguments): Promise<number> {
  const options = { ...given, rate, count: Math.round(rate * seconds), warmupMs: warmup * 1000, print };
  const report = await onTarget({ stack, gateway: undefined, print }, (target) =>
    runCoupons(target, options),
  );
  out(couponsText(report));
  if (json !== undefined) writeJson(json, report);
  return report.refused.length === 0 ? 0 : 1;
}

async function history({ stack, ...given }: HistoryArguments): Promise<number> {
  await onTarget({ stack, gateway: undefined, print }, (target) => fillHistory(target, { ...given, print }));
  return 0;
}

async function growth({ json, warmup, case: cases, ...given }: GrowthArguments): Promise<number> {
  const report = await runGrowth({ ...given, cases, warmupSeconds: warmup, print });
  out(growthText(report));
  if (json !== undefined) writeJson(json, report);
  return refusals(report).length === 0 ? 0 : 1;
}

async function peers({
  inFlight,
  seconds,
  warmup,
  only,
  stack,
  json,
  ...tuning
}: PeersArguments): Promise<number> {
  const options = { stack, levels: inFlight, seconds, warmupSeconds: warmup, names: only, tuning, print };
  const report = await runPeers(options);
  out(peersText(report));
  if (json !== undefined) writeJson(json, report);
  return report.arms.every(({ levels }) => levels.every(({ refused }) => refused.length === 0)) ? 0 : 1;
}
