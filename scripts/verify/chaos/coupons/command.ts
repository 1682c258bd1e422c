/** `npm run chaos -- coupons`: bursts for coupons, each with a fault in its middle; exit 0 only if all is as it must be. */
import { parseArgs } from 'node:util';
import { runMain } from '#scripts/run/stack/problem.ts';
import { writeJson } from '#scripts/run/stack/state.ts';
import { stackStatus } from '#scripts/run/stack/status.ts';
import { out, say as print } from '#scripts/run/terminal.ts';
import { conditionsNow } from '#scripts/verify/bench/conditions.ts';
import { SIZES } from './burst-plan.ts';
import { couponReportText } from './coupon-chaos-report.ts';
import { openCouponEnvironment } from './coupon-environment.ts';
import { COUPON_FAULTS } from './coupon-faults.ts';
import { openFlow } from './flow.ts';
import { type BurstResult, runBurst } from './run-burst.ts';

const STACK = 'chaos-coupons';
const usage = `usage: npm run chaos -- coupons [--size ${Object.keys(SIZES).join('|')}] [--only FAULT]… [--json FILE]
faults: ${COUPON_FAULTS.map(({ name }) => name).join(', ')}`;

/** Runs the command with its arguments. */
export function couponChaos(args: readonly string[]): Promise<void> {
  return runMain(async () => {
    const { size, faults, json } = readArguments(args);
    const interrupted = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
    const issuers = Math.max(...faults.map((fault) => fault.issuers));
    const environment = await openCouponEnvironment({
      stack: STACK,
      issuers,
      print,
      signal: interrupted.signal,
    });
    const flow = await openFlow(environment.system.addresses.kafka);
    const bursts: BurstResult[] = [];
    let holds = false;
    try {
      for (const fault of faults) {
        if (interrupted.signal.aborted) break;
        print(`a burst with the fault: ${fault.name}`);
        bursts.push(await runBurst(environment, flow, fault, size, bursts.length + 1));
      }
      const conditions = conditionsNow((await stackStatus(STACK)).processes);
      const report = { chaos: 'coupons' as const, conditions, bursts };
      out(couponReportText(report));
      if (json !== undefined) writeJson(json, report);
      holds = bursts.every(({ problems }) => problems.length === 0) && !interrupted.signal.aborted;
    } finally {
      await flow.close();
      const keeps = !holds && !interrupted.signal.aborted;
      if (keeps) print(`stopping; the data stays: \`npm run stack -- up --stack ${STACK}\` brings it back`);
      await environment.close(!keeps);
    }
    return holds ? 0 : 1;
  }, usage);
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        size: { type: 'string', default: 'full' },
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
      },
    });
    const { only, json } = values;
    const size = Object.entries(SIZES).find(([name]) => name === values.size)?.[1];
    if (size === undefined) throw new Error(`there is no size "${values.size}"`);
    const unknown = only?.find((name) => !COUPON_FAULTS.some((fault) => fault.name === name));
    if (unknown !== undefined) throw new Error(`there is no fault "${unknown}"`);
    const faults = COUPON_FAULTS.filter(({ name }) => only === undefined || only.includes(name));
    return { size, faults, json };
  } catch (error) {
    print(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
