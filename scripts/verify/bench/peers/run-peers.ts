/** `npm run bench -- peers`: the same order by each program in turn, on one PostgreSQL server, in one run. */
import { stopService } from '#scripts/run/stack/one-service.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { stackDown, stackUp } from '#scripts/run/stack/stack.ts';
import { readState } from '#scripts/run/stack/state.ts';
import { stackStatus } from '#scripts/run/stack/status.ts';
import { conditionsNow } from '../conditions.ts';
import type { Arm } from './arm.ts';
import { measureLevel } from './measure-level.ts';
import { type ArmName, OURS } from './names.ts';
import { withOurs } from './our-arm.ts';
import { ensurePeerPackages } from './packages.ts';
import { withPeer } from './peer-arm.ts';
import type { ArmResult, LevelResult, PeersReport } from './peers-report.ts';
import type { Tuning } from './tuning.ts';

export interface PeersOptions {
  readonly stack: string;
  readonly levels: readonly number[];
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly names: readonly ArmName[];
  readonly tuning: Tuning;
  readonly print: (line: string) => void;
}

/** A program's first row warms up so many times as long: a broker's JVM is slow for its first minute. */
const FIRST_WARMUP = 3;

/**
 * Runs the comparison on a stack of its own, which is down afterwards; one that was made for it is wiped.
 * @throws StackProblem when something runs on the stack
 */
export async function runPeers(options: PeersOptions): Promise<PeersReport> {
  const { stack, names, tuning, print } = options;
  const { processes } = await stackStatus(stack);
  if (Object.keys(processes).length > 0)
    throw new StackProblem(`The stack "${stack}" is in use: name another with --stack.`);
  if (names.some((name) => name !== OURS)) await ensurePeerPackages(print);
  const isNew = readState(stack) === undefined;
  const interruption = whenInterrupted();
  try {
    const { postgres } = await stackUp({ name: stack, print });
    // They serve ours alone, and idle they would use CPU beside the peers. Ours starts them again.
    for (const service of ['kafka', 'redis']) await stopService(stack, service);
    const conditions = conditionsNow({});
    const arms: ArmResult[] = [];
    for (const name of names) {
      print(`${name}: starting`);
      const measure = (arm: Arm) => Promise.race([measureArm(arm, options), interruption]);
      arms.push(
        name === OURS
          ? await withOurs(stack, print, measure)
          : await withPeer(name, { name: stack, postgres }, tuning, measure),
      );
    }
    const { seconds, warmupSeconds } = options;
    return { benchmark: 'peers', conditions, run: { seconds, warmupSeconds, tuning }, arms };
  } finally {
    // The next run finds no rows and no records of this one.
    await stackDown(stack, { wipe: isNew });
  }
}

/** Rejects on Ctrl-C and the like, so that what was started here ends. */
function whenInterrupted(): Promise<never> {
  const interruption = new Promise<never>((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(name, () => reject(new StackProblem('interrupted: nothing to report')));
  });
  // Between two programs nobody waits for it.
  interruption.catch(() => {});
  return interruption;
}

async function measureArm(arm: Arm, options: PeersOptions): Promise<ArmResult> {
  const { levels: inFlights, seconds, warmupSeconds, print } = options;
  const levels: LevelResult[] = [];
  for (const [index, inFlight] of inFlights.entries()) {
    const warmupMs = warmupSeconds * 1000 * (index === 0 ? FIRST_WARMUP : 1);
    const result = await measureLevel(arm, inFlight, { warmupMs, windowMs: seconds * 1000 });
    const { refused, figures } = result;
    print(`${arm.name}, ${inFlight} in flight: ${figures?.ordersPerSecond ?? refused.join('; ')} orders/s`);
    levels.push(result);
  }
  return { name: arm.name, version: arm.version, levels };
}
