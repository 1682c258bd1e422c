/** A gateway that is away, money that others move, and a ledger that somebody changed. */
import { readFileSync } from 'node:fs';
import { WEBHOOK } from '#scripts/run/processes.ts';
import { placesOf } from '#scripts/run/stack/places.ts';
import type { Drill } from '../drill.ts';

export const MONEY: readonly Drill[] = [
  {
    name: 'the gateway refuses every connection',
    alerts: [{ alert: 'GatewayOutOfService' }, { alert: 'OrdersFailing' }],
    firesWithinS: 420,
    resolvesWithinS: 600,
    async make({ gateway }) {
      await gateway('PUT', 'behaviour', { outage: 'refuse' });
      return () => gateway('PUT', 'behaviour', {});
    },
  },
  {
    name: 'somebody refunds an order at the gateway’s dashboard, and no webhook tells',
    alerts: [
      { alert: 'MoneyIncident', labels: { code: 'refunded-elsewhere' } },
      { alert: 'ReconciliationDifference' },
    ],
    firesWithinS: 480,
    resolvesWithinS: 960,
    async make({ place, until, gateway, system, stack }) {
      const [orderId = ''] = await place(1);
      await until([orderId], ['completed']);
      await gateway('PUT', 'webhooks', {});
      await gateway('POST', 'refunds', { orderId });
      return () =>
        gateway('PUT', 'webhooks', {
          url: `${system.urls[WEBHOOK.name]}${WEBHOOK.path}`,
          secret: readFileSync(placesOf(stack).webhookSecretFile, 'utf8').trim(),
        });
    },
  },
  {
    name: 'a row of payment is changed by hand',
    alerts: [{ alert: 'LedgerBroken', labels: { invariant: 'money, own records' } }],
    firesWithinS: 120,
    resolvesWithinS: 720,
    async make({ place, until, sql }) {
      const [orderId = ''] = await place(1);
      await until([orderId], ['completed']);
      await sql.query('UPDATE payment.intents SET amount = amount - 1 WHERE saga_id = $1', [orderId]);
      return async () => {
        await sql.query('UPDATE payment.intents SET amount = amount + 1 WHERE saga_id = $1', [orderId]);
      };
    },
  },
];

/** After the drills that set how the gateway behaves, beside those that do not. */
export const RECONCILIATION: readonly Drill[] = [
  {
    name: 'the gateway does not list what changed',
    alerts: [{ alert: 'ReconciliationLate' }],
    // The comparison is late after half an hour.
    firesWithinS: 2_400,
    resolvesWithinS: 600,
    isBeside: true,
    async make({ gateway }) {
      await gateway('PUT', 'behaviour', { errorRate: 1, on: ['list'] });
      return () => gateway('PUT', 'behaviour', {});
    },
  },
];
