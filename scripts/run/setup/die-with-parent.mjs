/**
 * Loaded into every child process by `--import`: when the parent goes, however it goes (kill -9 too), the channel to it
 * closes, and this process ends itself: as if told with SIGTERM, and for good when that has not helped in time, which
 * is said in the address it is loaded by: `die-with-parent.mjs?withinMs=15000`.
 */
const endWithinMs = Number(new URL(import.meta.url).searchParams.get('withinMs') ?? 15_000);

if (process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), endWithinMs).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  // The channel alone keeps no process alive.
  process.channel.unref();
}
