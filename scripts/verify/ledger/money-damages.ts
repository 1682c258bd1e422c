/** For the ledger's tests: damages to the tables of money. `$unserved` was charged and refunded at a gateway. */
import type { Damage } from './damage.ts';

/** One more reversal of an order's charge, with a state and an owner. */
const reversal = (order: string, id: string, { kind = 'refund', state = 'settled', own = false }) =>
  `INSERT INTO payment.reversals (saga_id, reversal_id, command_id, kind, amount, state, status, own, seen_at)
   SELECT saga_id, '${id}', command_id, '${kind}', amount, '${state}', '${state}', ${own}, now()
     FROM payment.intents WHERE saga_id = '${order}'`;
const incident = (order: string, code: string, id: string, published = 'NULL') =>
  `INSERT INTO payment.incidents (saga_id, incident_id, command_id, code, text, created_at, published_at)
   SELECT saga_id, '${code}-${id}', command_id, '${code}', 'x', now() - interval '1 min', ${published}
     FROM payment.intents WHERE saga_id = '${order}'`;

export const MONEY_DAMAGES: readonly Damage[] = [
  {
    invariant: 'money, own records',
    reports: /completed, and holds 0 of 2500 EUR/,
    sql: [`UPDATE payment.intents SET undone_at = now() WHERE saga_id = '$good'`],
  },
  {
    invariant: 'money, own records',
    reports: /failed, and holds 2500 EUR/,
    sql: [`UPDATE payment.intents SET undone_at = NULL WHERE saga_id = '$unserved'`],
  },
  {
    invariant: 'money, own records',
    reports: /charged too often/,
    sql: [
      `INSERT INTO payment.intents SELECT (jsonb_populate_record(i, jsonb_build_object('command_id', command_id || '#2'))).* FROM payment.intents i WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'money, own records',
    reports: /charged in USD/,
    sql: [`UPDATE payment.intents SET currency = 'USD' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'money, returned',
    reports: /undone, and 0 of 2500 is back/,
    sql: [`DELETE FROM payment.reversals WHERE saga_id = '$unserved'`],
  },
  {
    invariant: 'money, returned',
    reports: /undone, and 0 of 2500 is back/,
    sql: [`UPDATE payment.reversals SET state = 'pending' WHERE saga_id = '$unserved'`],
  },
  {
    invariant: 'money, returned',
    reports: /undone, and 2000 of 2500 is back/,
    sql: [`UPDATE payment.reversals SET amount = 2000 WHERE saga_id = '$unserved'`],
  },
  {
    invariant: 'money, returned',
    reports: /5000 refunded of 2500 received/,
    sql: [reversal('$unserved', 're_2', {})],
  },
  {
    invariant: 'money, returned',
    reports: /5000 went back of 2500 received/,
    sql: [reversal('$unserved', 'dp_1', { kind: 'dispute' })],
  },
  {
    invariant: 'money, returned',
    reports: /2500 refunded of 0 received/,
    sql: [reversal('$declined', 're_2', {})],
  },
  {
    invariant: 'money, returned',
    reports: /2500 went back of no charge/,
    sql: [`UPDATE payment.reversals SET command_id = 'x' WHERE saga_id = '$unserved'`],
  },
  {
    invariant: 'money, returned',
    reports: /a refund of ours is pending, and the order is completed/,
    sql: [reversal('$good', 're_2', { state: 'pending', own: true })],
  },
  {
    invariant: 'money, incidents',
    reports: /the refund re_2 of others has no incident/,
    sql: [reversal('$good', 're_2', {})],
  },
  {
    invariant: 'money, incidents',
    reports: /the dispute dp_1 of others has no incident/,
    sql: [
      reversal('$good', 'dp_1', { kind: 'dispute', state: 'pending' }),
      incident('$good', 'refunded-elsewhere', 'dp_1'),
    ],
  },
  {
    invariant: 'money, incidents',
    reports: /refunded-elsewhere-re_2 is not published/,
    sql: [reversal('$good', 're_2', {}), incident('$good', 'refunded-elsewhere', 're_2')],
  },
  {
    invariant: 'money, incidents',
    reports: /refunded-elsewhere-re_2 reached no saga/,
    sql: [
      reversal('$good', 're_2', {}),
      incident('$good', 'refunded-elsewhere', 're_2', "now() - interval '1 min'"),
    ],
  },
];
