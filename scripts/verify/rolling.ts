/** `npm run rolling`: a rolling update from the build before and back again, under load; exit 0 only if nothing was lost or refused. */
import { parseArgs } from 'node:util';
import { out, say as print } from '#scripts/run/terminal.ts';
import { runMain } from '../run/stack/problem.ts';
import { stackDown, stackUp } from '../run/stack/stack.ts';
import { writeJson } from '../run/stack/state.ts';
import { refuseSecond } from '../run/system.ts';
import { parseMix } from './bench/orders/mix.ts';
import { BUILD_BEFORE, ensureBuild } from './rolling/build-before.ts';
import { rollingText } from './rolling/rolling-report.ts';
import { runRolling } from './rolling/run-rolling.ts';

/** Never the developer's, never the tests'. */
const STACK = 'rolling';
/** Between the end of new requests and SIGTERM, as `preStop` of the Deployments has it. */
const PRE_STOP_MS = 5_000;

const usage = `usage: npm run rolling -- [--rate R] [--coupons R] [--seconds S] [--mix MIX] [--commit COMMIT] [--json FILE]
  --seconds: of each phase without a change; --commit: the build before (${BUILD_BEFORE.slice(0, 12)})`;

await runMain(async () => {
  const { commit, json, ...options } = readArguments();
  refuseSecond(STACK);
  await stackDown(STACK, { wipe: true });
  const before = await ensureBuild(commit);
  const addresses = await stackUp({ name: STACK, print });
  let holds = false;
  try {
    const report = await runRolling({
      ...options,
      stack: STACK,
      prefix: '',
      addresses,
      before,
      preStopMs: PRE_STOP_MS,
      permitsUnknown: false,
      print,
    });
    out(rollingText(report));
    if (json !== undefined) writeJson(json, report);
    holds = report.problems.length === 0;
  } finally {
    if (!holds) print(`the data stays: \`npm run stack -- up --stack ${STACK}\` brings it back`);
    await stackDown(STACK, { wipe: holds });
  }
  return holds ? 0 : 1;
}, usage);
// Sockets of requests that were never answered would go on for half a minute.
process.exit();

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        rate: { type: 'string', default: '200' },
        coupons: { type: 'string', default: '20' },
        seconds: { type: 'string', default: '20' },
        mix: { type: 'string', default: 'mixed' },
        commit: { type: 'string', default: BUILD_BEFORE },
        json: { type: 'string' },
      },
    });
    return {
      orders: number('rate', values.rate, 1, 5_000),
      couponRequests: number('coupons', values.coupons, 1, 5_000),
      steadyMs: number('seconds', values.seconds, 1, 3_600) * 1000,
      mix: parseMix(values.mix),
      commit: values.commit,
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
