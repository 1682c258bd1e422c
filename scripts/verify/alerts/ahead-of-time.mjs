/** Loaded into a process by `--import`: its clock is ahead by the milliseconds in the file that CLOCK_AHEAD_FILE names, if it is there. */
import { existsSync, readFileSync } from 'node:fs';

const file = process.env['CLOCK_AHEAD_FILE'];
const aheadMs = file !== undefined && existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;

if (aheadMs !== 0) {
  const now = Date.now;
  const ahead = () => now() + aheadMs;
  globalThis.Date = new Proxy(Date, {
    construct: (made, given, as) => Reflect.construct(made, given.length === 0 ? [ahead()] : given, as),
    get: (from, name) => (name === 'now' ? ahead : Reflect.get(from, name)),
  });
}
