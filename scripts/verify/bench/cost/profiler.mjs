/**
 * Preloaded into each process of a system whose cost is measured: SIGUSR2 begins a CPU profile, and the next one ends and writes it.
 *
 * The product's own code knows nothing of it. A sample a millisecond costs a few percent; only the profile's shares are used.
 */
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';

const SAMPLE_EVERY_US = 1_000;

const folder = process.env.BENCH_PROFILES;
if (folder !== undefined) {
  const session = new Session();
  session.connect();
  let isRunning = false;
  process.on('SIGUSR2', async () => {
    if (!isRunning) {
      isRunning = true;
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
      await session.post('Profiler.start');
      return;
    }
    isRunning = false;
    const { profile } = await session.post('Profiler.stop');
    await writeFile(join(folder, `${process.pid}.cpuprofile`), JSON.stringify(profile));
  });
}
