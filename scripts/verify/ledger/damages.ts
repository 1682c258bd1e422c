/** For the ledger's tests: damages to the tables, and the ledger's report of each. */
import { COUPON_DAMAGES } from './coupon-damages.ts';
import type { Damage } from './damage.ts';
import { MONEY_DAMAGES } from './money-damages.ts';

/** The database refuses to change the audit: a damage must first disable the trigger. */
const UNGUARDED = 'ALTER TABLE orchestrator.actions DISABLE TRIGGER USER';

export const DAMAGES: readonly Damage[] = [
  {
    invariant: 'every order ends',
    reports: /order without a saga/,
    sql: [`DELETE FROM orchestrator.sagas WHERE id = '$good'`],
  },
  {
    invariant: 'every order ends',
    reports: /saga without an order/,
    sql: [`DELETE FROM orchestrator.orders WHERE id = '$good'`],
  },
  {
    invariant: 'every order ends',
    reports: /taken up by no engine/,
    sql: [`UPDATE orchestrator.sagas SET created_at = now() - interval '5 min' WHERE id = '$waiting'`],
  },
  {
    invariant: 'every order ends',
    reports: /no sweeper will ever check/,
    sql: [`UPDATE orchestrator.sagas SET due_at = NULL WHERE id = '$waiting'`],
  },
  {
    invariant: 'every order ends',
    reports: /no answer is awaited/,
    sql: [
      `UPDATE orchestrator.sagas SET status = 'running', state = 'chargingPayment', ended_at = NULL, due_at = now() WHERE id = '$good'`,
    ],
  },
  ...MONEY_DAMAGES,
  {
    invariant: 'stock',
    reports: /its movements come to/,
    sql: [`UPDATE inventory.stock SET available = available + 1 WHERE sku = 'espresso-cup'`],
  },
  {
    invariant: 'stock',
    reports: /below zero/,
    sql: [
      'ALTER TABLE inventory.stock DROP CONSTRAINT stock_available_check',
      `UPDATE inventory.stock SET available = -1 WHERE sku = 'sold-out-mug'`,
      `INSERT INTO inventory.movements (sku, kind, available, reserved, sold, at) VALUES ('sold-out-mug', 'set', -1, 0, 0, now())`,
    ],
  },
  {
    invariant: 'stock',
    reports: /orders hold/,
    sql: [
      `UPDATE inventory.reservations SET items = '[{"sku":"espresso-cup","quantity":3}]' WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'stock',
    reports: /makes or loses/,
    sql: [
      `UPDATE inventory.movements SET available = available - 1 WHERE saga_id = '$good' AND kind = 'reserve'`,
    ],
  },
  {
    invariant: 'reservations',
    reports: /failed, and still holds/,
    sql: [`UPDATE inventory.reservations SET state = 'reserved' WHERE saga_id = '$declined'`],
  },
  {
    invariant: 'reservations',
    reports: /completed with 0 confirmed/,
    sql: [`UPDATE inventory.reservations SET state = 'released' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'shipments',
    reports: /completed with 0 shipments/,
    sql: [`UPDATE shipping.shipments SET state = 'cancelled' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'shipments',
    reports: /failed, with 1 shipment/,
    sql: [`UPDATE shipping.shipments SET saga_id = '$declined' WHERE saga_id = '$good'`],
  },
  ...COUPON_DAMAGES,
  {
    invariant: 'journal sequence',
    reports: /begin elsewhere|entries for version/,
    sql: [`DELETE FROM orchestrator.journal WHERE saga_id = '$good' AND version = 3`],
  },
  {
    invariant: 'journal sequence',
    reports: /recorded twice/,
    sql: [`UPDATE orchestrator.journal SET version = 2 WHERE saga_id = '$good' AND version = 3`],
  },
  {
    invariant: 'journal sequence',
    reports: /the journal ends in completed/,
    sql: [`UPDATE orchestrator.sagas SET state = 'failed', status = 'failed' WHERE id = '$good'`],
  },
  {
    invariant: 'journal messages',
    reports: /taken 2 times/,
    sql: [
      'ALTER TABLE orchestrator.journal DROP CONSTRAINT journal_pkey',
      `INSERT INTO orchestrator.journal SELECT * FROM orchestrator.journal WHERE saga_id = '$good' AND version = 2`,
    ],
  },
  {
    invariant: 'journal chain',
    reports: /entry 3 was changed/,
    sql: [
      `UPDATE orchestrator.journal SET message = replace(message::text, 'charged', 'chargeD')::json WHERE saga_id = '$good' AND version = 3`,
    ],
  },
  {
    invariant: 'journal chain',
    reports: /entry 4 was changed, or is not the next one after entry 2/,
    sql: [`DELETE FROM orchestrator.journal WHERE saga_id = '$good' AND version = 3`],
  },
  {
    invariant: 'journal chain',
    reports: /does not bear the hash of its newest entry/,
    sql: [`UPDATE orchestrator.sagas SET journal_hash = sha256('forged') WHERE id = '$good'`],
  },
  {
    invariant: 'inboxes',
    reports: /still open/,
    sql: [
      `UPDATE payment.inbox SET state = 'open', reply = NULL, answered_at = NULL WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'inboxes',
    reports: /5 commands issued, 4 in inboxes|4 commands issued, 3 in inboxes/,
    sql: [`DELETE FROM shipping.inbox WHERE saga_id = '$good'`],
  },
  {
    invariant: 'inboxes',
    reports: /no reply/,
    sql: [`UPDATE inventory.inbox SET reply = NULL WHERE saga_id = '$good' AND type = 'inventory.reserve'`],
  },
  {
    invariant: 'inboxes',
    reports: /a reply of another command/,
    sql: [`UPDATE shipping.inbox SET reply = '{"commandid":"x"}' WHERE saga_id = '$good'`],
  },
  {
    invariant: 'inboxes',
    reports: /2 rows in the inbox of shipping/,
    sql: [
      'ALTER TABLE shipping.inbox DROP CONSTRAINT inbox_pkey',
      `INSERT INTO shipping.inbox SELECT * FROM shipping.inbox WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'one effect a command',
    reports: /0 shipment\(s\), answered as done 1 times/,
    sql: [`DELETE FROM shipping.shipments WHERE saga_id = '$good'`],
  },
  {
    invariant: 'one effect a command',
    reports: /2 reservation\(s\), answered as done 1 times/,
    sql: [
      'ALTER TABLE inventory.reservations DROP CONSTRAINT reservations_pkey',
      `INSERT INTO inventory.reservations SELECT * FROM inventory.reservations WHERE saga_id = '$good'`,
    ],
  },
  {
    invariant: 'one effect a command',
    reports: /1 charge\(s\), answered as done 0 times/,
    sql: [`UPDATE payment.intents SET outcome = 'charged' WHERE saga_id = '$declined'`],
  },
  {
    invariant: 'e-mails',
    reports: /no e-mail yet/,
    sql: [`DELETE FROM notification.mails WHERE order_id = '$good'`],
  },
  {
    invariant: 'e-mails',
    reports: /2 e-mails/,
    sql: [
      `INSERT INTO notification.mails (event_id, order_id, recipient, state, at) VALUES ('$good/order.failed', '$good', 'a', 'sent', now())`,
    ],
  },
  {
    invariant: 'e-mails',
    reports: /completed, and the e-mail is about/,
    sql: [`UPDATE notification.mails SET event_id = '$good/order.failed' WHERE order_id = '$good'`],
  },
  {
    invariant: 'audit chain',
    reports: /action 3 comes after 1/,
    sql: [UNGUARDED, 'DELETE FROM orchestrator.actions WHERE seq = 2'],
  },
  {
    invariant: 'audit chain',
    reports: /does not bear the hash/,
    sql: [UNGUARDED, `UPDATE orchestrator.actions SET previous_hash = 'x' WHERE seq = 3`],
  },
  {
    invariant: 'audit chain',
    reports: /action 2 was changed/,
    sql: [UNGUARDED, `UPDATE orchestrator.actions SET actor = 'nobody' WHERE seq = 2`],
  },
];
