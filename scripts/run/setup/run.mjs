/**
 * The entry of every npm script: `node scripts/run/setup/run.mjs SCRIPT.ts ARGS…` makes sure the set-up is done, then runs
 * the script under Node 24. Plain JavaScript, since any Node from 18 on must be able to start it.
 */
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandEnvironment } from './environment.mjs';
import { root } from './places.mjs';
import { messageFor } from './problem.mjs';
import { ensureSetup } from './setup.mjs';

const [script, ...given] = process.argv.slice(2);
if (script === undefined) {
  process.stderr.write('usage: node scripts/run/setup/run.mjs SCRIPT.ts ARGS…\n');
  process.exit(2);
}

let node = '';
try {
  node = await ensureSetup();
} catch (error) {
  process.stderr.write(`${messageFor(error)}\n`);
  process.exit(1);
}

const args = given[0] === '--' ? given.slice(1) : given;
const preload = pathToFileURL(join(root, 'scripts/run/setup/die-with-parent.mjs')).href;
// Time enough for `npm start` to end its own processes, and then the stack.
const withinMs = 60_000;
const child = spawn(node, ['--import', `${preload}?withinMs=${withinMs}`, resolve(root, script), ...args], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...commandEnvironment(process.env), PATH: `${dirname(node)}:${process.env.PATH}` },
});
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(name, () => child.kill(name));
child.once('error', (error) => {
  process.stderr.write(`${node} cannot be run: ${error.message}\n`);
  process.exit(1);
});
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // Ended by a signal: end the same way, so that a shell sees it.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
