/** A machine without time or space, and a process whose clock is wrong. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Drill } from '../drill.ts';

const run = promisify(execFile);

/** Made for the drill; not below a folder that the node exporter leaves out. */
const SMALL_DISK = '/srv/alert-drill';
const SMALL_DISK_MB = 64;
const FILLED_MB = 52;
const MB = 1024 * 1024;
/** Within the grace of deadlines, so that nothing else follows. */
const AHEAD_MS = 5_000;

export const MACHINE: readonly Drill[] = [
  {
    name: `a disk of ${SMALL_DISK_MB} MB fills`,
    alerts: [{ alert: 'DiskFilling', labels: { mountpoint: SMALL_DISK } }],
    firesWithinS: 150,
    resolvesWithinS: 60,
    async make() {
      const image = `${SMALL_DISK}.img`;
      mkdirSync(SMALL_DISK, { recursive: true });
      await run('truncate', ['-s', `${SMALL_DISK_MB}M`, image]);
      await run('mkfs.ext4', ['-q', image]);
      await run('mount', ['-o', 'loop', image, SMALL_DISK]);
      writeFileSync(join(SMALL_DISK, 'data'), Buffer.alloc(FILLED_MB * MB));
      return async () => {
        await run('umount', [SMALL_DISK]);
        rmSync(SMALL_DISK, { recursive: true });
        rmSync(image);
      };
    },
  },
  {
    name: 'every processor is busy',
    alerts: [{ alert: 'MachineBusy' }],
    firesWithinS: 420,
    resolvesWithinS: 360,
    async make() {
      const burning = Array.from({ length: availableParallelism() }, () =>
        spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' }),
      );
      return async () => {
        for (const child of burning) child.kill('SIGKILL');
      };
    },
  },
  {
    name: `the clock of shipping’s machine is ${AHEAD_MS / 1000} s ahead`,
    alerts: [{ alert: 'ClockDifference', labels: { job: 'shipping' } }],
    firesWithinS: 210,
    resolvesWithinS: 60,
    async make({ system, setShippingClock }) {
      setShippingClock(AHEAD_MS);
      await system.restart('shipping');
      return async () => {
        setShippingClock(0);
        await system.restart('shipping');
      };
    },
  },
];
