/**
 * Loaded into every child process by `--import`. When the parent ends, by kill -9 too, the channel to it closes, and
 * this process ends itself: with SIGTERM first, with SIGKILL after the bound in the address it is loaded by
 * (`die-with-parent.mjs?withinMs=15000`).
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
