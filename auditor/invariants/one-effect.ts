/** Every answered command has one effect, and every effect has an answer. */
import { byOrder } from '../invariant.ts';

/** Pairs each effect's rows with the answers that announce it, by command id. */
const pair = (effect: string, effects: string, inbox: string, reply: string) => `
  SELECT command_id, min(saga_id::text) AS saga_id, '${effect}' AS effect, sum(done) AS done, sum(answered) AS answered FROM (
    ${effects}
    UNION ALL
    SELECT saga_id, command_id, 0, 1 FROM ${inbox} WHERE state = 'answered' AND reply ->> 'type' = '${reply}') rows
  GROUP BY command_id HAVING sum(done) <> 1 OR sum(answered) <> 1`;

const PAIRS = [
  pair(
    'reservation',
    'SELECT saga_id, command_id, 1 AS done, 0 AS answered FROM inventory.reservations',
    'inventory.inbox',
    'inventory.reserved',
  ),
  pair(
    'sale',
    'SELECT saga_id, confirmed_by AS command_id, 1 AS done, 0 AS answered FROM inventory.reservations WHERE confirmed_by IS NOT NULL',
    'inventory.inbox',
    'inventory.confirmed',
  ),
  pair(
    'charge',
    `SELECT saga_id, command_id, 1 AS done, 0 AS answered FROM payment.intents WHERE outcome = 'charged'`,
    'payment.inbox',
    'payment.charged',
  ),
  pair(
    'shipment',
    'SELECT saga_id, command_id, 1 AS done, 0 AS answered FROM shipping.shipments',
    'shipping.inbox',
    'shipping.prepared',
  ),
];

export const oneEffect = byOrder({
  name: 'one effect a command',
  rule: 'a command answered as done has exactly one reservation, sale, charge or shipment, and every one has its answer',
  broken: `
    SELECT command_id AS id, format('%s %s(s), answered as done %s times', done, effect, answered) AS what, saga_id
      FROM (${PAIRS.join(' UNION ALL ')}) pairs`,
  order: 'saga_id',
  counted: {
    reservations: 'count(*)',
    sales: 'count(confirmed_by)',
    charges: "(SELECT count(*) FROM payment.intents WHERE outcome = 'charged')",
    shipments: '(SELECT count(*) FROM shipping.shipments)',
  },
  from: 'inventory.reservations',
});
