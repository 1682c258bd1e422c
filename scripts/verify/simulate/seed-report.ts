/** The output of a simulation: a table of all seeds, and the whole story of a failed one. */
import Table from 'cli-table3';
import type { Backend } from './backend.ts';
import type { SceneName } from './run-scene.ts';
import type { SeedReport } from './worker.ts';

/** The totals of all seeds of a backend. */
export class Tally {
  readonly scene: SceneName;
  readonly backend: Backend['name'];
  seeds = 0;
  events = 0;
  deaths = 0;
  longestMs = 0;
  plansApplied = 0;
  plansRefused = 0;
  readonly failed: SeedReport[] = [];

  constructor(scene: SceneName, backend: Backend['name']) {
    this.scene = scene;
    this.backend = backend;
  }

  add(report: SeedReport): void {
    this.seeds += 1;
    this.events += report.events;
    this.deaths += report.deaths;
    this.plansApplied += report.plans.applied;
    this.plansRefused += report.plans.refused;
    this.longestMs = Math.max(this.longestMs, report.settledMs);
    if (report.wrong.length > 0) this.failed.push(report);
  }
}

/** A table without lines between its rows. */
export function plainTable(head: string[], rows: string[][]): string {
  const noLinesBetweenRows = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({ head, chars: noLinesBetweenRows, style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
}

export function tallyTable(tallies: readonly Tally[], seconds: number): string {
  const rows = tallies.map(({ scene, backend, seeds, events, deaths, longestMs, failed, ...plans }) => [
    scene,
    backend,
    String(seeds),
    String(events),
    String(deaths),
    `${plans.plansApplied} / ${plans.plansRefused}`,
    `${Math.round(longestMs / 1000)} s`,
    failed.length === 0 ? 'clean' : `${failed.length} failed`,
  ]);
  const head = [
    'scene',
    'stores',
    'seeds',
    'events',
    'deaths',
    'plans applied / refused',
    'longest to rest',
    'result',
  ];
  return `${plainTable(head, rows)}\n${Math.round(seconds)} s`;
}

/** A failed seed: its story, its violations, and the command that repeats it. */
export function failure({ seed, scene, backend, wrong, story = '' }: SeedReport): string {
  const again = `npm run simulate -- --seed ${seed} --scene ${scene} --backend ${backend}`;
  return [
    `\nseed ${seed} (${scene}, ${backend})`,
    story,
    '',
    ...wrong.map((line) => `  wrong: ${line}`),
    `  again: ${again}`,
  ].join('\n');
}
