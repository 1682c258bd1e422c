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
  /** Whether each file has a process of its own, which may run beside others on the same stack. */
  isolatesFiles: boolean;
  testWithinMs: number;
  allWithinMs: number;
}>;

export type Counts = { passed: number; failed: number };

const minute = 60_000;

export const suites: readonly Suite[] = [
  {
    name: 'unit',
    pattern: '**/*.test.ts',
    needsStack: false,
    isolatesFiles: false,
    testWithinMs: 10_000,
    allWithinMs: 10 * minute,
  },
  {
    name: 'int',
    pattern: '**/*.int.ts',
    needsStack: true,
    isolatesFiles: false,
    testWithinMs: minute,
    allWithinMs: 20 * minute,
  },
  {
    name: 'e2e',
    pattern: '**/*.e2e.ts',
    needsStack: true,
    isolatesFiles: true,
    testWithinMs: 5 * minute,
    allWithinMs: 40 * minute,
  },
];

/** The test files of a suite, from the project's root, in order. */
export function filesOf(suite: Suite): string[] {
  const exclude = (path: string) => /(^|\/)(node_modules|\.local|dist)(\/|$)/.test(path);
  return globSync(
    ['orchestrator', 'participants', 'scripts'].map((folder) => `${folder}/${suite.pattern}`),
    {
      cwd: root,
      exclude,
    },
  ).sort();
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
  if (!counted) return { passed: 0, failed: 1 };
  return passed ? counted : { ...counted, failed: Math.max(1, counted.failed) };
}
