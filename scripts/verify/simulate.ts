/**
 * `npm run simulate`: bad days drawn from seeds, in memory and on PostgreSQL in process; `--guards` takes each guard
 * out and counts the seeds until a run fails.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain } from '../run/stack/problem.ts';
import type { Backend } from './simulate/backend.ts';
import { runMany } from './simulate/many.ts';
import { replay } from './simulate/replay.ts';
import { SCENES, type SceneName } from './simulate/run-scene.ts';
import { failure, Tally, tallyTable } from './simulate/seed-report.ts';
import { tryGuards } from './simulate/try-guards.ts';

const usage = `usage: npm run simulate -- [--seeds N] [--seed FIRST] [--scene orders|issuing] [--backend memory|pglite]
                                  of each scene N seeds in memory and a tenth of them on PostgreSQL in process
       npm run simulate -- --seed S [--scene orders|issuing] [--backend memory|pglite]
                                  one seed, and its story
       npm run simulate -- --guards [--grep NAME]
                                  switches each guard off in turn and counts the seeds until it is missed`;

const DEFAULT_SEEDS = 1_000;
/** PostgreSQL costs about ten times as much a seed. */
const PGLITE_SHARE = 0.1;
const MOST_STORIES = 3;

await runMain(async () => {
  const { seeds, seed, scene, backend, guards, grep, workers } = readArguments();
  if (guards) return tryGuards(workers, grep, (line) => void out(line));
  if (seeds === undefined && seed !== undefined) return replay(scene ?? 'orders', seed, backend ?? 'memory');
  const scenes = scene === undefined ? SCENES : [scene];
  return simulate(scenes, seeds ?? DEFAULT_SEEDS, seed ?? 1, backend, workers);
}, usage);

async function simulate(
  scenes: readonly SceneName[],
  seeds: number,
  from: number,
  only: Backend['name'] | undefined,
  workers: number,
): Promise<number> {
  const startedAt = performance.now();
  const counts = {
    pglite: only === 'memory' ? 0 : only === 'pglite' ? seeds : Math.ceil(seeds * PGLITE_SHARE),
    memory: only === 'pglite' ? 0 : seeds,
  };
  const tallies = scenes.flatMap((scene) =>
    (['memory', 'pglite'] as const).map((name) => new Tally(scene, name)),
  );
  const work = tallies.map(({ scene, backend }) => ({ scene, backend, from, count: counts[backend] }));
  const all = scenes.length * (counts.memory + counts.pglite);
  let done = 0;
  await runMany(
    work.filter(({ count }) => count > 0),
    {
      workers,
      onReport: (report) => {
        tallies.find((one) => one.scene === report.scene && one.backend === report.backend)?.add(report);
        done += 1;
        if (process.stderr.isTTY || done % Math.ceil(all / 20) === 0 || done === all) progress(done, all);
        return false;
      },
    },
  );
  if (process.stderr.isTTY) process.stderr.write('\n');
  const failed = tallies.flatMap((tally) => tally.failed);
  for (const report of failed.slice(0, MOST_STORIES)) out(failure(report));
  for (const { seed, scene, backend, wrong } of failed.slice(MOST_STORIES))
    out(`seed ${seed} (${scene}, ${backend}): ${wrong[0]}`);
  const run = tallies.filter((tally) => tally.seeds > 0);
  out(tallyTable(run, (performance.now() - startedAt) / 1000));
  return failed.length === 0 ? 0 : 1;
}

function progress(done: number, all: number): void {
  process.stderr.write(
    `${process.stderr.isTTY ? '\r' : ''}${done} of ${all} seeds${process.stderr.isTTY ? '' : '\n'}`,
  );
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string' },
        seed: { type: 'string' },
        scene: { type: 'string' },
        backend: { type: 'string' },
        guards: { type: 'boolean', default: false },
        grep: { type: 'string' },
        workers: { type: 'string' },
      },
    });
    const { guards, grep } = values;
    const backend = backendOf(values.backend);
    const workers = number('workers', values.workers) ?? Math.min(2, availableParallelism());
    return {
      seeds: number('seeds', values.seeds),
      seed: number('seed', values.seed),
      scene: sceneOf(values.scene),
      backend,
      guards,
      grep,
      workers,
    };
  } catch (error) {
    say(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function backendOf(text: string | undefined): Backend['name'] | undefined {
  if (text === undefined || text === 'memory' || text === 'pglite') return text;
  throw new Error('--backend takes memory or pglite');
}

function sceneOf(text: string | undefined): SceneName | undefined {
  const scene = SCENES.find((one) => one === text);
  if (text === undefined || scene !== undefined) return scene;
  throw new Error(`--scene takes ${SCENES.join(' or ')}`);
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(`--${name} takes a whole number from 1 on`);
  return Number(text);
}
