/** `npm run bench -- orders …`: the benchmarks' command line. Each benchmark is a subcommand with a folder of its own. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { runMain } from '../stack/problem.ts';
import { defaultStack } from '../stack/stack.ts';
import { writeJson } from '../stack/state.ts';
import { parseMix } from './orders/mix.ts';
import { reportText } from './orders/report.ts';
import { runOrders } from './orders/run.ts';
import { type GatewayMode, onTarget } from './target.ts';

/** What `orders` is given. */
interface OrdersArguments {
  readonly rate: number;
  readonly seconds?: number;
  readonly count?: number;
  readonly warmup: number;
  readonly mix: ReturnType<typeof parseMix>;
  readonly gateway?: GatewayMode;
  readonly stack: string;
  readonly json?: string;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);
const program = new Command('npm run bench --').description(
  'open-loop benchmarks that check the books afterwards',
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
  .option('--stack <NAME>', 'the local stack', defaultStack())
  .option('--json <FILE>', 'write the report for machines too')
  .action((given: OrdersArguments) => runMain(() => orders(given)));

await program.parseAsync();
// A run that was interrupted would go on sending, to nobody.
process.exit();

async function orders({ rate, mix, json, ...given }: OrdersArguments): Promise<number> {
  const count = given.count ?? Math.round(rate * (given.seconds ?? 60));
  const warmupMs = given.warmup * 1000;
  const where = { stack: given.stack, gateway: given.gateway, say };
  const report = await onTarget(where, (target) => runOrders(target, { rate, count, warmupMs, mix, say }));
  process.stdout.write(`${reportText(report)}\n`);
  if (json !== undefined) writeJson(json, report);
  const asExpected = report.outcomes.every(({ otherwise }) => Object.keys(otherwise).length === 0);
  if (!asExpected) say('Some orders did not end as they were made to: see "otherwise".');
  return report.refused.length === 0 && asExpected ? 0 : 1;
}

function above(bound: number): (text: string) => number {
  return parse((text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > bound) || value > 1e7)
      throw new Error(`a number is needed, not "${text}"`);
    return value;
  });
}

/** A parser whose error is shown as commander shows its own. */
function parse<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}
