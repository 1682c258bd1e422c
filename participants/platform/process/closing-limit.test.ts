/** A process that is to end does so within its limit, whatever holds it up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';

const file = join(import.meta.dirname, 'testing/closing.ts');
const WITHIN_MS = 1_500;
/** What ending takes beside the limit, on a busy machine; together less than the limit of a process that was given none. */
const MARGIN_MS = 8_000;

describe('the end of a process', () => {
  for (const [what, code, signal] of [
    ['nothing', 0, null],
    ['a part that never closes', 1, null],
    ['a part whose native call blocks the event loop', null, 'SIGKILL'],
    ['a part that waits for a thread of the pool', 1, null],
    ['a thread of the pool that nobody waits for', 0, null],
    ['a start that waits for a thread of the pool', 0, null],
  ] as const) {
    it(`is held up by ${what}: it ends within its limit`, async () => {
      const child = spawn(process.execPath, [file], {
        env: { ...process.env, CLOSING: what, CLOSE_WITHIN_MS: String(WITHIN_MS), HTTP_PORT: '0' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk) => (output += chunk));
      while (!/process-ready|waits/.test(output)) await once(child.stdout, 'data');
      child.kill('SIGTERM');
      const signalledAt = performance.now();
      const timer = setTimeout(() => child.kill('SIGKILL'), 4 * WITHIN_MS + MARGIN_MS);
      const [endedWith, endedBy] = await once(child, 'exit');
      clearTimeout(timer);
      expect(performance.now() - signalledAt).to.be.below(WITHIN_MS + MARGIN_MS);
      expect([endedWith, endedBy]).to.deep.equal([code, signal]);
      expect(output.includes('process-closing-late')).to.equal(code === 1);
    });
  }
});
