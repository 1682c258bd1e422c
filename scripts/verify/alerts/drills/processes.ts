/** Processes that hang, are gone, or start again and again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Drill } from '../drill.ts';
import { readTargets, writeTargetsWithout } from '../targets.ts';

const RESTARTS = 3;
/** Longer than two scrapes, so that Prometheus sees each start. */
const BETWEEN_RESTARTS_MS = 25_000;

export const PROCESSES: readonly Drill[] = [
  {
    name: 'shipping hangs (SIGSTOP)',
    alerts: [
      { alert: 'ServiceDown', labels: { job: 'shipping' } },
      { alert: 'ProcessDown', labels: { job: 'shipping' } },
      { alert: 'ConsumerBehind', labels: { group: 'shipping', severity: 'warning' } },
    ],
    firesWithinS: 150,
    resolvesWithinS: 120,
    async make({ system }) {
      system.kill('shipping', 'SIGSTOP');
      return async () => system.kill('shipping', 'SIGCONT');
    },
  },
  {
    name: 'inventory hangs under load',
    alerts: [{ alert: 'ConsumerLagHigh', labels: { group: 'inventory' } }],
    firesWithinS: 240,
    resolvesWithinS: 180,
    async make({ system, setRate }) {
      setRate(25);
      system.kill('inventory', 'SIGSTOP');
      return async () => {
        setRate(5);
        system.kill('inventory', 'SIGCONT');
      };
    },
  },
  {
    name: `notification is killed ${RESTARTS} times`,
    alerts: [{ alert: 'ProcessRestarting', labels: { job: 'notification' } }],
    firesWithinS: 60,
    resolvesWithinS: 960,
    async make({ system }) {
      for (let i = 0; i < RESTARTS; i++) {
        system.kill('notification', 'SIGKILL');
        await pause(BETWEEN_RESTARTS_MS);
      }
      return async () => {};
    },
  },
  {
    name: 'no engine runs',
    alerts: [{ alert: 'LagNotMeasured' }, { alert: 'ServiceDown', labels: { job: 'engine' } }],
    firesWithinS: 480,
    resolvesWithinS: 60,
    async make({ system }) {
      const engines = Object.keys(system.pids).filter((name) => name.startsWith('engine'));
      await Promise.all(engines.map((name) => system.end(name)));
      return async () => {
        await Promise.all(engines.map((name) => system.restart(name)));
      };
    },
  },
  {
    name: 'the API, the auditor and retention are down, and shipping is configured nowhere',
    alerts: [
      { alert: 'SagaCountsAbsent' },
      { alert: 'LedgerNotChecked' },
      { alert: 'JobAbsent', labels: { job: 'shipping' } },
      { alert: 'ServiceDown', labels: { job: 'retention' } },
    ],
    firesWithinS: 780,
    resolvesWithinS: 120,
    async make({ system, stack }) {
      const down = ['api', 'auditor', 'retention'];
      const targets = readTargets(stack);
      writeTargetsWithout(stack, 'shipping');
      await Promise.all(down.map((name) => system.end(name)));
      return async () => {
        targets.restore();
        await Promise.all(down.map((name) => system.restart(name)));
      };
    },
  },
];
