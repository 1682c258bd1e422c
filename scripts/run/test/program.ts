/** Runs one of the tools that check or test the project, with its output shown as it comes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { localFolder, root } from '../stack/places.ts';

/** The programs of the packages that are used here, each the file that Node runs. */
export const tools = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  tsc: 'node_modules/typescript/bin/tsc',
  depcruise: 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
  mocha: 'node_modules/mocha/bin/mocha.js',
} as const;

/**
 * Runs a tool from the project's root.
 * @param withinMs after this time the tool is killed, and counts as failed
 * @param write receives the output in pieces; without it the output is shown as it comes
 * @returns true when it ended with 0
 */
export async function runTool(
  tool: keyof typeof tools,
  args: string[],
  withinMs: number,
  environment: NodeJS.ProcessEnv = {},
  write?: (piece: string) => void,
): Promise<boolean> {
  const child = spawn(process.execPath, [join(root, tools[tool]), ...args], {
    cwd: root,
    stdio: write === undefined ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    // Some hundred processes are started by the tests: none compiles the same modules again.
    env: { NODE_COMPILE_CACHE: join(localFolder, 'compile-cache'), ...process.env, ...environment },
  });
  const show = write ?? ((piece: string) => void process.stderr.write(piece));
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', show);
  const forward = (name: NodeJS.Signals) => void child.kill(name);
  process.on('SIGTERM', forward).on('SIGINT', forward);
  const bound = setTimeout(() => {
    show(`${tool} took longer than ${withinMs / 60_000} min: killed\n`);
    child.kill('SIGKILL');
  }, withinMs);
  const end = await new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  clearTimeout(bound);
  process.off('SIGTERM', forward).off('SIGINT', forward);
  // A crash prints nothing else: mocha itself ends with the number of failures.
  if (end !== 0) show(`${tool} ended with ${String(end)}\n`);
  return end === 0;
}
