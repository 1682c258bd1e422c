/** Takes each guard out in turn, and counts the seeds until a run fails without it. */
import { join } from 'node:path';
import { say } from '#scripts/run/terminal.ts';
import type { Guard } from './guard.ts';
import { GUARDS } from './guards.ts';
import { runMany } from './many.ts';
import { plainTable } from './seed-report.ts';
import type { SeedReport } from './worker.ts';

/** A guard that no run misses within so many seeds counts as not found. */
const MOST_SEEDS = {
  orders: { memory: 3_000, pglite: 200 },
  // A third of the work each.
  issuing: { memory: 4_000, pglite: 600 },
} as const;

/** @returns 0 if every guard was missed */
export async function tryGuards(
  workers: number,
  grep: string | undefined,
  print: (line: string) => void,
): Promise<number> {
  const guards = GUARDS.filter(({ name }) => grep === undefined || name.includes(grep));
  const rows: string[][] = [];
  let unmissed = 0;
  for (const guard of guards) {
    const { seeds, report } = await tryWithout(guard, workers);
    if (report === null) unmissed += 1;
    const found = report === null ? 'NOT FOUND' : `seed ${report.seed}: ${report.wrong[0]}`.slice(0, 100);
    say(`${guard.name}: ${seeds} seeds, ${found}`);
    rows.push([guard.name, guard.backend, guard.without, String(seeds), found]);
  }
  print(plainTable(['guard', 'stores', 'without it', 'seeds', 'what was seen'], rows));
  return unmissed === 0 ? 0 : 1;
}

async function tryWithout(
  guard: Guard,
  workers: number,
): Promise<{ seeds: number; report: SeedReport | null }> {
  let seeds = 0;
  let found: SeedReport | null = null;
  await runMany(
    [
      {
        scene: guard.scene ?? 'orders',
        backend: guard.backend,
        from: guard.from ?? 1,
        count: MOST_SEEDS[guard.scene ?? 'orders'][guard.backend],
      },
    ],
    {
      workers,
      execArgv: ['--import', join(import.meta.dirname, 'without-guard.ts')],
      environment: { WITHOUT_GUARD: guard.name },
      onReport(report) {
        seeds += 1;
        if (report.wrong.length > 0) found ??= report;
        return found !== null;
      },
    },
  );
  return { seeds, report: found };
}
