/** The set-up: every step in order; a step is skipped while its inputs have not changed. */
import { join } from 'node:path';
import { ensureConsole } from './console.mjs';
import { whyNotIn } from './folder.mjs';
import { ensureKafkaJars } from './kafka-jars.mjs';
import { withLock } from './lock.mjs';
import { ensureNativeKafka } from './native-kafka.mjs';
import { ensureNode } from './node.mjs';
import { ensurePackages } from './packages.mjs';
import { root, stamps } from './places.mjs';
import { ensurePrismaClient } from './prisma.mjs';
import { SetupProblem } from './problem.mjs';
import { ensureSystem } from './system.mjs';

const waitMs = 15 * 60_000;

/**
 * Runs the steps that are due and prints a line for each on stderr; prints nothing when none is due.
 * @returns {Promise<string>} the path of the Node that runs the project
 */
export async function ensureSetup() {
  const impossible = whyNotIn(root);
  if (impossible !== null) throw new SetupProblem(impossible);
  const began = performance.now();
  let printed = false;
  const print = (/** @type {string} */ line) => {
    printed = true;
    printLine(began, line);
  };
  const onWait = (/** @type {number} */ pid) =>
    printLine(began, `waiting for another set-up (process ${pid})`);
  const node = await withLock(join(stamps, 'lock'), { waitMs, onWait }, async () => {
    const found = await ensureNode(print);
    await ensurePackages(found, print);
    await ensureSystem(print);
    // One compiles, the other downloads: side by side.
    const both = await Promise.allSettled([ensureNativeKafka(found, print), ensureKafkaJars(print)]);
    for (const step of both) if (step.status === 'rejected') throw step.reason;
    await ensurePrismaClient(found, print);
    await ensureConsole(found, print);
    return found;
  });
  if (printed) printLine(began, 'done');
  return node;
}

function printLine(/** @type {number} */ began, /** @type {string} */ line) {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stderr.write(`set-up ${seconds.padStart(5)} s  ${line}\n`);
}
