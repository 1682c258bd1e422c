/** Runs the programs that the set-up needs: quietly, their output kept for the message when one fails. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupProblem } from './problem.mjs';

const keptLines = 15;

/**
 * Runs a command and returns its output.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, wayOut?: string, anyExit?: boolean }} [options] wayOut: advice for
 * a person when it fails; anyExit: returns the output whatever the exit code
 * @returns {Promise<string>}
 */
export async function run(command, args, options = {}) {
  const { cwd, env = process.env, wayOut = '', anyExit = false } = options;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-64_000);
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new SetupProblem(`${command} cannot be run (${error.message}). ${wayOut}`)),
    );
    child.once('close', resolve);
  });
  if (code === 0 || anyExit) return output;
  const failure = `${[command, ...args].join(' ')} failed (exit code ${code}):`;
  throw new SetupProblem(`${failure}\n${errorLines(output)}\n${wayOut}`.trim());
}

/** The first lines that speak of an error, else the last ones. @param {string} output */
function errorLines(output) {
  const lines = output.trim().split('\n');
  const found = lines.filter((line) => /error|fatal|denied|not found/i.test(line));
  return (found.length > 0 ? found.slice(0, keptLines) : lines.slice(-keptLines)).join('\n');
}

/**
 * Where a program is in the PATH, or undefined.
 * @param {string} name
 * @returns {string | undefined}
 */
export function inPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {}
  }
  return undefined;
}
