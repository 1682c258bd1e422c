/** `npm run saga`: the operators' command line, on this machine's terminal and, by default, its local stack. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '#orchestrator/cli/program.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { defaultStack } from '../run/stack/stack.ts';
import { stackStatus } from '../run/stack/status.ts';
import { tokenFor } from '../run/stack/token.ts';
import { userName } from '../run/stack/user-name.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
// The reader may close the pipe early: `saga list --all 2>&1 | head`.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  local: {
    url: async () => (await stackStatus()).api,
    couponsUrl: async () => (await stackStatus()).coupons,
    token: () => tokenFor({ role: 'operator', subject: userName() }, defaultStack()),
  },
  profileFolder: join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'order-saga'),
  out,
  say,
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : null,
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  now: () => Date.now(),
  pause: (ms) => pause(ms, undefined, { signal: interrupted.signal }),
  signal: interrupted.signal,
});

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal: interrupted.signal });
  } finally {
    terminal.close();
  }
}
