/** For the ledger's tests: ways to spoil the books, and what the ledger must say of each. */
import { COUPON_DAMAGES } from './coupon-damages.ts';

/**
 * A way to spoil the books. `$good`, `$declined`, `$unserved`, `$waiting`, `$couponed` and `$returned` stand for the
 * ids of orders, `$used` and `$free` for those of coupons.
 */
export interface Damage {
  readonly invariant: string;
  readonly says: RegExp;
  readonly sql: readonly string[];
}

/** The database itself refuses to change the audit: whoever spoils it must first take the guard away. */
const UNGUARDED = 'ALTER TABLE orchestrator.actions DISABLE TRIGGER USER';

export const DAMAGES: readonly Damage[] = [
  {
    invariant: 'every order ends',
    says: /order without a saga/,
    sql: [`DELETE FROM orchestrator.sagas WHERE id = '$good'`],
  },
  {
    invariant: 'every order ends',
    says: /saga without an order/,
    sql: [`DELETE FROM orchestrator.orders WHERE id = '$good'`],
  },
  {
    invariant: 'every order ends',
    says: /taken up by no engine/,
    sql: [`UPDATE orchestrator.sagas SET created_at = now() - interval '5 min' WHERE id = '$waiting'`],
  },
  {
    invariant: 'every order ends',
    says: /nobody will ever look/,
    sql: [`UPDATE orchestrator.sagas SET due_at = NULL WHERE id = '$waiting'`],
  },
  {
    invariant: 'every order ends',
    says: /no answer is awaited/,
    sql: [
      `UPDATE orchestrator.sagas SET status = 'running', state = 'chargingPayment', ended_at = NULL, due_at = now() WHERE id = '$good'`,
    ],
  },
  {
    invariant: 'money, our books',
    says: /completed, and holds 0 of 2500 EUR/,
    sql: [`UPDATE payment.intents SET undone_at = now() WHERE saga_id = '$good'`],
  },
  {
    invariant: 'money, our books',
    says: /failed, and holds 2500 EUR/,
    sql: [`UPDATE payment.intents SET undone_at = NULL WHERE saga_id = '$unserved'`],
  },
  {
    invariant: 'money, our books',
    says: /charged too often/,
    sql: [
      `INSERT INTO payment.intents SELECT (jsonb_populate_record(i, jsonb_build_object('command_id', command_id || '#2'))).* FROM payment.intents i WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'money, our books',
    says: /charged in USD/,
    sql: [`UPDATE payment.intents SET currency = 'USD' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'stock',
    says: /its movements come to/,
    sql: [`UPDATE inventory.stock SET available = available + 1 WHERE sku = 'espresso-cup'`],
  },
  {
    invariant: 'stock',
    says: /below zero/,
    sql: [
      'ALTER TABLE inventory.stock DROP CONSTRAINT stock_available_check',
      `UPDATE inventory.stock SET available = -1 WHERE sku = 'sold-out-mug'`,
      `INSERT INTO inventory.movements (sku, kind, available, reserved, sold, at) VALUES ('sold-out-mug', 'set', -1, 0, 0, now())`,
    ],
  },
  {
    invariant: 'stock',
    says: /orders hold/,
    sql: [
      `UPDATE inventory.reservations SET items = '[{"sku":"espresso-cup","quantity":3}]' WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'stock',
    says: /makes or loses/,
    sql: [
      `UPDATE inventory.movements SET available = available - 1 WHERE saga_id = '$good' AND kind = 'reserve'`,
    ],
  },
  {
    invariant: 'reservations',
    says: /failed, and still holds/,
    sql: [`UPDATE inventory.reservations SET state = 'reserved' WHERE saga_id = '$declined'`],
  },
  {
    invariant: 'reservations',
    says: /completed with 0 confirmed/,
    sql: [`UPDATE inventory.reservations SET state = 'released' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'shipments',
    says: /completed with 0 shipments/,
    sql: [`UPDATE shipping.shipments SET state = 'cancelled' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'shipments',
    says: /failed, with 1 shipment/,
    sql: [`UPDATE shipping.shipments SET saga_id = '$declined' WHERE saga_id = '$good'`],
  },
  ...COUPON_DAMAGES,
  {
    invariant: 'journal sequence',
    says: /begin elsewhere|entries for version/,
    sql: [`DELETE FROM orchestrator.journal WHERE saga_id = '$good' AND version = 3`],
  },
  {
    invariant: 'journal sequence',
    says: /told twice/,
    sql: [`UPDATE orchestrator.journal SET version = 2 WHERE saga_id = '$good' AND version = 3`],
  },
  {
    invariant: 'journal sequence',
    says: /the journal ends in completed/,
    sql: [`UPDATE orchestrator.sagas SET state = 'failed', status = 'failed' WHERE id = '$good'`],
  },
  {
    invariant: 'journal messages',
    says: /taken 2 times/,
    sql: [
      'ALTER TABLE orchestrator.journal DROP CONSTRAINT journal_pkey',
      `INSERT INTO orchestrator.journal SELECT * FROM orchestrator.journal WHERE saga_id = '$good' AND version = 2`,
    ],
  },
  {
    invariant: 'inboxes',
    says: /still open/,
    sql: [
      `UPDATE payment.inbox SET state = 'open', reply = NULL, answered_at = NULL WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'inboxes',
    says: /5 commands issued, 4 known|4 commands issued, 3 known/,
    sql: [`DELETE FROM shipping.inbox WHERE saga_id = '$good'`],
  },
  {
    invariant: 'inboxes',
    says: /no reply/,
    sql: [`UPDATE inventory.inbox SET reply = NULL WHERE saga_id = '$good' AND type = 'inventory.reserve'`],
  },
  {
    invariant: 'inboxes',
    says: /a reply of another command/,
    sql: [`UPDATE shipping.inbox SET reply = '{"commandid":"x"}' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'inboxes',
    says: /2 rows in the inbox of shipping/,
    sql: [
      'ALTER TABLE shipping.inbox DROP CONSTRAINT inbox_pkey',
      `INSERT INTO shipping.inbox SELECT * FROM shipping.inbox WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'one effect a command',
    says: /0 shipment\(s\), answered as done 1 times/,
    sql: [`DELETE FROM shipping.shipments WHERE saga_id = '$good'`],
  },
  {
    invariant: 'one effect a command',
    says: /2 reservation\(s\), answered as done 1 times/,
    sql: [
      'ALTER TABLE inventory.reservations DROP CONSTRAINT reservations_pkey',
      `INSERT INTO inventory.reservations SELECT * FROM inventory.reservations WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'one effect a command',
    says: /1 charge\(s\), answered as done 0 times/,
    sql: [`UPDATE payment.intents SET outcome = 'charged' WHERE saga_id = '$declined'`],
  },
  {
    invariant: 'e-mails',
    says: /no e-mail yet/,
    sql: [`DELETE FROM notification.mails WHERE order_id = '$good'`],
  },
  {
    invariant: 'e-mails',
    says: /2 e-mails/,
    sql: [
      `INSERT INTO notification.mails (event_id, order_id, recipient, state, at) VALUES ('$good/order.failed', '$good', 'a', 'sent', now())`,
    ],
  },
  {
    invariant: 'e-mails',
    says: /completed, and the e-mail says/,
    sql: [`UPDATE notification.mails SET event_id = '$good/order.failed' WHERE order_id = '$good'`],
  },
  {
    invariant: 'audit chain',
    says: /action 3 comes after 1/,
    sql: [UNGUARDED, 'DELETE FROM orchestrator.actions WHERE seq = 2'],
  },
  {
    invariant: 'audit chain',
    says: /does not bear the hash/,
    sql: [UNGUARDED, `UPDATE orchestrator.actions SET previous_hash = 'x' WHERE seq = 3`],
  },
  {
    invariant: 'audit chain',
    says: /action 2 was changed/,
    sql: [UNGUARDED, `UPDATE orchestrator.actions SET actor = 'nobody' WHERE seq = 2`],
  },
];
