/** For tests: a process whose end something holds up; CLOSING says what. */
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../process.ts';

const never = new Promise<void>(() => {});
const what = process.env['CLOSING'];

/** Holds a thread of libuv's pool for good, as a native call may: nobody ever opens the other end. */
function holdThread(): void {
  const pipe = join(tmpdir(), `held-${process.pid}`);
  execFileSync('mkfifo', [pipe]);
  open(pipe, 'r', () => {});
  process.once('exit', () => execFileSync('rm', ['-f', pipe]));
}

const close: Readonly<Record<string, () => Promise<void>>> = {
  nothing: async () => {},
  'a part that never closes': () => never,
  'a part whose native call blocks the event loop': async () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  'a part that waits for a thread of the pool': () => {
    holdThread();
    return never;
  },
  'a thread of the pool that nobody waits for': async () => holdThread(),
};

await runProcess(
  'closing',
  { host: '127.0.0.1', port: Number(process.env['HTTP_PORT']), level: 'info' },
  async () => {
    if (what === 'a start that waits for a thread of the pool') {
      holdThread();
      console.log('waits');
      await never;
    }
    return { readiness: () => null, close: [close[what ?? ''] ?? (async () => {})] };
  },
  Number(process.env['CLOSE_WITHIN_MS']),
);
