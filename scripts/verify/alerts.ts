/** `npm run drill`: makes the fault behind each alert for real, and shows when the alert fires and when it is resolved. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runMain } from '#scripts/run/stack/problem.ts';
import { writeJson } from '#scripts/run/stack/state.ts';
import { out, say as print } from '#scripts/run/terminal.ts';
import { poll } from '#scripts/run/wait-until.ts';
import type { Drill } from './alerts/drill.ts';
import { DRILLS } from './alerts/drills/index.ts';
import { type OpenScene, openScene } from './alerts/open-scene.ts';
import { firingAlerts, nameOf } from './alerts/prometheus.ts';
import { type Row, runDrills, watchSilence } from './alerts/run-drills.ts';

const ORDERS_PER_SECOND = 5;
/** Until every process has been scraped, and lag has been measured. */
const WARM_UP_MS = 60_000;
const STARTED_WITHIN_MS = 420_000;
/** After a rolling restart, so that what it causes can fire. */
const AFTER_RESTART_MS = 120_000;

const usage = `usage: npm run drill -- [--only ALERT]… [--quiet-minutes M] [--json FILE]
alerts: ${[...new Set(DRILLS.flatMap(({ alerts }) => alerts.map(({ alert }) => alert)))].sort().join(', ')}`;

await runMain(drill, usage);
process.exit();

async function drill(): Promise<number> {
  const { only, quietMinutes, json } = readArguments();
  const drills = only.length === 0 ? DRILLS : chosen(only);
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  const { signal } = interrupted;
  const scene = await openScene(ORDERS_PER_SECOND, signal, print);
  try {
    await pause(WARM_UP_MS, undefined, { signal });
    const noise = quietMinutes > 0 ? await silence(scene, quietMinutes * 60, signal) : [];
    const rows = await runDrills(drills, scene, { prometheus: scene.prometheus, signal, print });
    out(table(rows));
    if (json !== undefined) writeJson(json, { rows, noise, counts: scene.load.counts });
    return noise.length === 0 && rows.every(({ firedS, resolvedS }) => firedS !== null && resolvedS !== null)
      ? 0
      : 1;
  } finally {
    await scene.close();
  }
}

/** The drills of some alerts, in the order in which these were given: one that takes long to be resolved may go first. */
function chosen(only: readonly string[]): readonly Drill[] {
  return [
    ...new Set(
      only.flatMap((name) => DRILLS.filter((one) => one.alerts.some(({ alert }) => alert === name))),
    ),
  ];
}

/** Ordinary load, then every process restarted in turn: no alert may fire. */
async function silence(scene: OpenScene, seconds: number, signal: AbortSignal): Promise<string[]> {
  const { prometheus, system, load } = scene;
  // The start of so many processes at once keeps the machine busy, and its alert for some minutes.
  await poll(async () => (await firingAlerts(prometheus)).length === 0, STARTED_WITHIN_MS, 1_000);
  print(`${ORDERS_PER_SECOND} orders a second for ${seconds} s, then a rolling restart`);
  const ordinary = async () => {
    await pause(seconds * 1000, undefined, { signal });
    for (const name of Object.keys(system.pids)) await system.restart(name);
    await pause(AFTER_RESTART_MS, undefined, { signal });
  };
  const noise = await watchSilence({ prometheus, until: ordinary() });
  print(noise.length === 0 ? 'no alert fired' : `fired: ${noise.join(' ')}`);
  print(
    `orders: ${load.counts.accepted} accepted, ${load.counts.refused} not; ${load.counts.coupons} coupon requests`,
  );
  return noise;
}

function table(rows: readonly Row[]): string {
  const seconds = (value: number | null) => (value === null ? '–' : value.toFixed(0));
  const lines = DRILLS.flatMap(({ name, alerts }) =>
    alerts.flatMap((one) => rows.filter((row) => row.drill === name && row.alert === nameOf(one))),
  ).map(
    ({ drill, alert, firedS, resolvedS, problem }) =>
      `| ${drill} | ${alert} | ${problem ?? seconds(firedS)} | ${seconds(resolvedS)} |`,
  );
  return [
    '| fault | alert | fires after, s | resolved after its end, s |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        'quiet-minutes': { type: 'string', default: '10' },
        json: { type: 'string' },
      },
    });
    const unknown = values.only.find(
      (name) => !DRILLS.some(({ alerts }) => alerts.some(({ alert }) => alert === name)),
    );
    if (unknown !== undefined) throw new Error(`no drill makes "${unknown}" fire`);
    const quietMinutes = Number(values['quiet-minutes']);
    if (!(quietMinutes >= 0 && quietMinutes <= 1440))
      throw new Error(`--quiet-minutes takes a number from 0 to 1440, not "${values['quiet-minutes']}"`);
    return { only: values.only, quietMinutes, json: values.json };
  } catch (error) {
    print(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
