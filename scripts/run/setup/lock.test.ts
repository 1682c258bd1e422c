import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { withLock } from './lock.mjs';

describe('the lock between processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  const file = join(folder, 'lock');
  after(() => rmSync(folder, { recursive: true }));

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const visit = () =>
      withLock(file, { waitMs: 5000 }, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      });
    await Promise.all([visit(), visit(), visit()]);
    expect(most).to.equal(1);
    expect(existsSync(file)).to.equal(false);
  });

  it('is taken over from a process that has died', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    writeFileSync(file, String(dead));
    expect(await withLock(file, { waitMs: 5000 }, async () => 'in')).to.equal('in');
  });

  it('names its holder when the wait is over', async () => {
    writeFileSync(file, String(process.ppid));
    const error = await withLock(file, { waitMs: 0 }, async () => undefined).catch((e: Error) => e);
    expect((error as Error).message).to.contain(`Process ${process.ppid}`);
    rmSync(file);
  });
});
