/** `npm run bench -- outage`: an outage of the payment gateway under load, with a brake on the charge and without. */
import { Command, Option } from 'commander';
import { runMain } from '#scripts/run/stack/problem.ts';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { writeJson } from '#scripts/run/stack/state.ts';
import { out, say as print } from '#scripts/run/terminal.ts';
import { above } from '../arguments.ts';
import { conditionsLine, plainTable } from '../tables.ts';
import { type OutageRun, runOutage } from './run-outage.ts';

const ARMS = ['brake', 'none'] as const;

interface OutageArguments {
  readonly rate: number;
  readonly before: number;
  readonly outage: number;
  readonly after: number;
  readonly brakeAfter: number;
  readonly releaseAfter: number;
  readonly perSecond: number;
  readonly gatewayRate?: number;
  readonly only: ReadonlyArray<(typeof ARMS)[number]>;
  readonly stack: string;
  readonly json?: string;
}

/** The busiest five seconds, and the time until all is as before, by the bare drain. */
const OVERSHOOT_MAX = 1.5;
const DRAIN_FACTOR_MAX = 1.3;

/** The subcommand. */
export function outageCommand(): Command {
  return new Command('outage')
    .description('orders through an outage of the payment gateway, with a brake on the charge and without')
    .requiredOption('--rate <R>', 'orders a second', above(0))
    .option('--before <S>', 'seconds before the outage', above(0), 60)
    .option('--outage <S>', 'seconds of the outage', above(0), 1_200)
    .option('--after <S>', 'seconds after it', above(0), 3_200)
    .option('--brake-after <S>', 'seconds of outage until somebody sets the brake', above(0), 20)
    .option('--release-after <S>', 'seconds from its end until somebody releases the brake', above(0), 10)
    .requiredOption('--per-second <R>', 'sagas that the release lets go on a second', above(0))
    .option('--gateway-rate <R>', 'the calls a second that payment keeps to; default: no limit', above(0))
    .addOption(new Option('--only <ARM...>', 'which runs').choices(ARMS).default(ARMS, 'both'))
    .requiredOption('--stack <NAME>', 'a stack to be wiped afterwards')
    .option('--json <FILE>', 'write the report for machines too')
    .action((given: OutageArguments) => runMain(() => outage(given)));
}

async function outage({ only, stack, json, ...given }: OutageArguments): Promise<number> {
  const runs: OutageRun[] = [];
  for (const arm of only) {
    runs.push(await runOutage(stack, arm === 'brake', { ...given, print }));
    await stackDown(stack, { wipe: true });
  }
  const report = { benchmark: 'outage', run: given, runs };
  out(outageText(given, runs));
  if (json !== undefined) writeJson(json, report);
  const isGood = ({ overshoot, normalAfterSeconds, bareDrainSeconds, refused }: OutageRun) =>
    refused.length === 0 &&
    (bareDrainSeconds === null ||
      (overshoot <= OVERSHOOT_MAX &&
        normalAfterSeconds !== null &&
        normalAfterSeconds - given.releaseAfter <= bareDrainSeconds * DRAIN_FACTOR_MAX));
  return runs.every(isGood) ? 0 : 1;
}

/** The report for people. */
function outageText(
  { rate, outage, perSecond, releaseAfter }: Omit<OutageArguments, 'only' | 'stack'>,
  runs: readonly OutageRun[],
): string {
  const table = plainTable(['', ...runs.map(({ braked }) => (braked ? 'with the brake' : 'without'))]);
  const row = (name: string, value: (run: OutageRun) => string | number) =>
    table.push([name, ...runs.map(value)]);
  row('completed before the outage, p50 / p99 ms', ({ before }) => `${before?.p50} / ${before?.p99}`);
  row("the gateway's calls a second before", ({ callsBefore }) => callsBefore);
  row('its busiest five seconds after, by that', ({ overshoot }) => overshoot);
  row('held at the release', ({ held }) => held ?? '');
  row('bare drain of those, s', ({ bareDrainSeconds }) => bareDrainSeconds ?? '');
  row(
    'as quick as before after the return, s',
    ({ normalAfterSeconds }) => normalAfterSeconds ?? 'not in the run',
  );
  row('ends', ({ ends }) =>
    Object.entries(ends)
      .map(([end, n]) => `${n} ${end}`)
      .join('\n'),
  );
  row('not accepted', ({ notAccepted }) => notAccepted);
  row('missing', ({ refused }) => refused.join('\n'));
  return [
    `${rate} orders/s, the gateway away for ${outage} s; the brake released ${releaseAfter} s after at ${perSecond}/s`,
    ...runs.slice(0, 1).map(({ conditions }) => conditionsLine(conditions)),
    table.toString(),
  ].join('\n');
}
