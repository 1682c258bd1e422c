/**
 * Runs drills one after another, and beside them those whose fault disturbs no other: each fault stays until its alerts fire, and is over
 * when they are resolved.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '#protocol/errors.ts';
import { poll } from '#scripts/run/wait-until.ts';
import type { Drill, Expected, Scene } from './drill.ts';
import { fires, firingAlerts, nameOf } from './prometheus.ts';

const CHECK_EVERY_MS = 1_000;
/** An alert that an earlier drill left firing says nothing about the next one. */
const QUIET_WITHIN_MS = 900_000;

/** How one alert of a drill behaved. */
export interface Row {
  readonly drill: string;
  readonly alert: string;
  /** Seconds from the fault's beginning; null: it did not fire in time. */
  readonly firedS: number | null;
  /** Seconds from the fault's end; null: it was still firing. */
  readonly resolvedS: number | null;
  /** Why the fault could not be made. */
  readonly problem?: string;
}

/**
 * @param options.prometheus its base URL
 * @param options.onRow called as soon as an alert was resolved, or not in time; rows of several drills interleave
 */
export async function runDrills(
  drills: readonly Drill[],
  scene: Scene,
  options: { prometheus: string; signal: AbortSignal; print: (line: string) => void },
): Promise<Row[]> {
  const { prometheus, signal, print } = options;
  const rows: Row[] = [];
  const resolving: Promise<void>[] = [];
  const firing = () => firingAlerts(prometheus).catch(() => []);
  const isFiring = async (one: Expected) => fires(one, await firing());

  const run = async (drill: Drill): Promise<void> => {
    const { name, alerts, firesWithinS, resolvesWithinS } = drill;
    print(`${name}: ${alerts.map(nameOf).join(', ')}`);
    await poll(
      async () => {
        const now = await firing();
        return signal.aborted || alerts.every((one) => !fires(one, now));
      },
      QUIET_WITHIN_MS,
      CHECK_EVERY_MS,
    );
    const beganAt = performance.now();
    const fired = new Map<Expected, number>();
    let end = async () => {};
    try {
      end = await drill.make(scene);
      await poll(
        async () => {
          const now = await firing();
          for (const one of alerts)
            if (!fired.has(one) && fires(one, now)) {
              fired.set(one, (performance.now() - beganAt) / 1000);
              print(`  ${nameOf(one)} fires after ${fired.get(one)?.toFixed(0)} s`);
            }
          return signal.aborted || fired.size === alerts.length;
        },
        firesWithinS * 1000,
        CHECK_EVERY_MS,
      );
      await end();
    } catch (error) {
      const problem = messageOf(error);
      print(`  ${name}: ${problem}`);
      await end().catch(() => {});
      for (const one of alerts)
        rows.push({ drill: name, alert: nameOf(one), firedS: null, resolvedS: null, problem });
      return;
    }
    const endedAt = performance.now();
    // Windows of ten minutes and more would make the run an hour longer: the next drill begins meanwhile.
    const resolved = async (one: Expected) => {
      const firedS = fired.get(one) ?? null;
      const isOver =
        firedS !== null &&
        (await poll(
          async () => signal.aborted || !(await isFiring(one)),
          resolvesWithinS * 1000,
          CHECK_EVERY_MS,
        ));
      const resolvedS = isOver && !signal.aborted ? (performance.now() - endedAt) / 1000 : null;
      rows.push({ drill: name, alert: nameOf(one), firedS, resolvedS });
      print(
        `  ${nameOf(one)}: ${resolvedS === null ? 'not resolved' : `resolved after ${resolvedS.toFixed(0)} s`}`,
      );
    };
    resolving.push(...alerts.map(resolved));
  };

  for (const drill of drills) {
    if (signal.aborted) break;
    const running = run(drill);
    if (drill.isBeside) resolving.push(running);
    else await running;
  }
  // A drill that ran beside the others adds its own at its end.
  while (resolving.length > 0) await Promise.all(resolving.splice(0));
  return rows;
}

/**
 * Watches an ordinary time in which no alert may fire.
 * @param options.until resolves at its end
 * @returns the alerts that fired, each once
 */
export async function watchSilence(options: {
  prometheus: string;
  until: Promise<unknown>;
}): Promise<string[]> {
  const seen = new Set<string>();
  let isOver = false;
  const ended = options.until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const labels of await firingAlerts(options.prometheus)) seen.add(JSON.stringify(labels));
    await Promise.race([pause(CHECK_EVERY_MS), ended]);
  }
  return [...seen];
}
