/** `npm run chaos`: real processes under load, real faults, then the invariants; exit 0 only if all hold. With `coupons`: bursts for coupons. */
import { parseArgs } from 'node:util';
import { out, say as print } from '#scripts/run/terminal.ts';
import { runMain } from '../run/stack/problem.ts';
import { writeJson } from '../run/stack/state.ts';
import { parseMix } from './bench/orders/mix.ts';
import { reportText } from './chaos/chaos-report.ts';
import { couponChaos } from './chaos/coupons/command.ts';
import { CHAOS_STACK, openEnvironment } from './chaos/environment.ts';
import { faultsOn } from './chaos/faults/index.ts';
import { runChaos } from './chaos/run-chaos.ts';

/** Three as in production; one where three of them are more than the machine can carry beside the load. */
const MOST_BROKERS = 3;
const usage = `usage: npm run chaos -- [--minutes M] [--rate R] [--seed S] [--mix MIX] [--brokers 1|3] [--standby] [--only FAULT]… [--json FILE]
       npm run chaos -- coupons [--size full|small|tiny] [--only FAULT]… [--json FILE]
faults: ${faultsOn({ brokers: MOST_BROKERS, standby: true, pooler: true })
  .map(({ name }) => name)
  .join(', ')}`;
/** Fewer would not reach all partitions within a moment, and a recovery could not be seen. */
const LOWEST_RATE = 10;

const [first, ...rest] = process.argv.slice(2);
await (first === 'coupons' ? couponChaos(rest) : runMain(orders, usage));
// Sockets of orders that were never answered would go on for half a minute.
process.exit();

async function orders(): Promise<number> {
  const { json, parts, ...options } = readArguments();
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  const environment = await openEnvironment(parts, print, interrupted.signal);
  let holds = false;
  try {
    const report = await runChaos(environment, { ...options, print });
    out(reportText(report));
    if (json !== undefined) writeJson(json, report);
    holds = report.problems.length === 0;
  } finally {
    const keeps = !holds && !interrupted.signal.aborted;
    print(
      keeps
        ? `stopping; the data stays: \`npm run stack -- up --stack ${CHAOS_STACK}\` brings it back`
        : 'stopping',
    );
    await environment.close(!keeps);
  }
  return holds ? 0 : 1;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '20' },
        rate: { type: 'string', default: '100' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        mix: { type: 'string', default: 'mixed' },
        brokers: { type: 'string', default: String(MOST_BROKERS) },
        standby: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
      },
    });
    const parts = {
      brokers: number('brokers', values.brokers, 1, MOST_BROKERS),
      standby: values.standby,
      pooler: Boolean(process.env['STACK_POOLER']),
    };
    if (parts.standby && parts.pooler) throw new Error('--standby and STACK_POOLER exclude each other');
    const faults = faultsOn(parts);
    const unknown = values.only?.find((name) => !faults.some((fault) => fault.name === name));
    if (unknown !== undefined) throw new Error(`there is no fault "${unknown}"`);
    return {
      minutes: number('minutes', values.minutes, 1, 24 * 60),
      rate: number('rate', values.rate, LOWEST_RATE, 5_000),
      seed: number('seed', values.seed, 0, 2 ** 32 - 1),
      mix: parseMix(values.mix),
      parts,
      faults: faults.filter(({ name }) => values.only === undefined || values.only.includes(name)),
      json: values.json,
    };
  } catch (error) {
    print(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`--${name} takes a number from ${least} to ${most}, not "${text}"`);
}
