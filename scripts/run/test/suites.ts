/** The three kinds of tests, by the ends of their files' names, and how each is run. */
import { randomUUID } from 'node:crypto';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder, root } from '../stack/places.ts';
import { readJson } from '../stack/state.ts';
import { runTool } from './program.ts';

export type Suite = Readonly<{
  name: 'unit' | 'int' | 'e2e';
  pattern: string;
  needsStack: boolean;
  /** How many files share a process, which runs beside others on the same stack. */
  filesPerJob: number;
  testWithinMs: number;
  allWithinMs: number;
}>;

/** Files of one suite that run in one process. */
export type Job = Readonly<{ suite: Suite; files: readonly string[] }>;

/** What became of tests; of each failure its file, title and error. A process that crashes counts as one. */
export type Counts = Readonly<{ passed: number; failed: number; failures: readonly string[] }>;

const minute = 60_000;

export const suites: readonly Suite[] = [
  {
    name: 'unit',
    pattern: '**/*.test.ts',
    needsStack: false,
    filesPerJob: 50,
    // It ends what hangs: a test that starts a program has taken over ten seconds on a busy machine.
    testWithinMs: 3 * minute,
    allWithinMs: 10 * minute,
  },
  {
    name: 'int',
    pattern: '**/*.int.ts',
    needsStack: true,
    filesPerJob: 12,
    // It ends what hangs. Its hooks make a database and topics, for which a busy machine has taken over a minute.
    testWithinMs: 5 * minute,
    allWithinMs: 20 * minute,
  },
  {
    name: 'e2e',
    pattern: '**/*.e2e.ts',
    needsStack: true,
    filesPerJob: 1,
    testWithinMs: 5 * minute,
    allWithinMs: 40 * minute,
  },
];

/** Those that take minutes begin first, so that none of them runs alone at the end. */
const LONG = [
  'rotation',
  'coupon-burst',
  'auditor',
  'misbehaving',
  'order-saga',
  'stuck-sagas',
  'waiting',
].map((name) => `scripts/verify/e2e/${name}.e2e.ts`);

/** The test files of a suite, from the project's root, the long ones first, then in order. */
export function filesOf(suite: Suite): string[] {
  const exclude = (path: string) => /(^|\/)(node_modules|\.local|dist)(\/|$)/.test(path);
  return globSync(
    ['auditor', 'orchestrator', 'participants', 'scripts'].map((folder) => `${folder}/${suite.pattern}`),
    {
      cwd: root,
      exclude,
    },
  ).sort((a, b) => Number(LONG.includes(b)) - Number(LONG.includes(a)) || (a < b ? -1 : 1));
}

/** Divides files of a suite into jobs. */
export function jobsOf(suite: Suite, files: readonly string[]): Job[] {
  const jobs: Job[] = [];
  for (let from = 0; from < files.length; from += suite.filesPerJob)
    jobs.push({ suite, files: files.slice(from, from + suite.filesPerJob) });
  return jobs;
}

/**
 * Runs files of a suite one after the other, and counts passed and failed tests. A crash counts as a failure.
 * @param write receives the output; without it the output is shown as it comes
 */
export async function runFiles(
  suite: Suite,
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
  grep: string | undefined,
  write?: (piece: string) => void,
): Promise<Counts> {
  mkdirSync(localFolder, { recursive: true });
  const counts = join(localFolder, `counts-${process.pid}-${randomUUID()}.json`);
  const args = [
    '--reporter',
    join(root, 'scripts/run/test/reporter.mjs'),
    '--reporter-option',
    `counts=${counts}`,
  ];
  args.push('--timeout', String(suite.testWithinMs));
  // A handle that a unit test leaves open is a defect of ours; the clients of the real stack may linger.
  if (suite.needsStack) args.push('--exit');
  if (grep !== undefined) args.push('--grep', grep);
  const passed = await runTool('mocha', [...args, ...files], suite.allWithinMs, environment, write);
  const counted = readJson<Counts>(counts);
  rmSync(counts, { force: true });
  if (counted && (passed || counted.failed > 0)) return counted;
  return { passed: counted?.passed ?? 0, failed: 1, failures: [`${files.join(', ')}: the process failed`] };
}
