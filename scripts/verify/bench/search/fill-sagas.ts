/** Fills an empty database with sagas as operators meet them: millions that are done, thousands that are active, many of which fail. */
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import type { Database } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';

/** How many there are. */
export interface Amounts {
  readonly done: number;
  readonly active: number;
}

/** Months that the sagas that are done spread over. */
const MONTHS = 3;
const DAYS = 30 * MONTHS;
const AT_ONCE = 250_000;

/** A document as `JSON.stringify` writes it: PostgreSQL would put spaces into it. */
const compact = (document: string) => `replace(replace((${document})::text, ' : ', ':'), ', "', ',"')::json`;

const INPUT = compact(`json_build_object('customerId', 'customer-' || n % 50000,
  'items', json_build_array(json_build_object('sku', 'sku-' || n % 2000, 'quantity', 1 + n % 3),
    json_build_object('sku', 'sku-' || (n * 7) % 2000, 'quantity', 1)),
  'currency', 'EUR', 'amount', 500 + n % 100000, 'payment', json_build_object('method', 'pm_card_visa'),
  'shippingAddress', json_build_object('name', 'Ada Lovelace', 'line1', 'Some Street ' || n, 'city', 'Berlin',
    'postalCode', '10115', 'country', 'DE'))`);
const context = (charge: string) =>
  compact(
    `json_build_object('hasCoupon', false, 'chargeId', ${charge} || md5(n::text), 'shipmentId', 'sh_' || n)`,
  );
const pending = (awaiting: string, timers: string) =>
  compact(`json_build_object('awaiting', ${awaiting}, 'givenUp', '{}'::json, 'timers', ${timers},
    'issued', json_build_object('inventory.reserve', 1, 'payment.charge', 1, 'inventory.confirm', 1, 'shipping.prepare', 1),
    'refusedUndos', '{}'::json, 'generations', 4)`);
const COLUMNS = `id, definition, definition_version, partition, customer_id, input, created_at, version, revision, state,
  status, context, pending, stuck, last_failure, state_since, ended_at, due_at, sweep_state`;

const DONE = `
INSERT INTO orchestrator.sagas (${COLUMNS})
SELECT i, 'order', 1, n % 12, 'customer-' || n % 50000, ${INPUT}, at, 6, 6, s, s, ${context(`'pi_'`)}, ${pending(`'{}'::json`, `'{}'::json`)},
    NULL, NULL, at, at, NULL, '{}'
  FROM (SELECT n, at, uuidv7(at - clock_timestamp()) AS i, CASE WHEN n % 33 = 0 THEN 'failed' ELSE 'completed' END AS s
          FROM (SELECT n, now() - n * (interval '${DAYS} days' / $2::int) AS at FROM generate_series($1::int, $3::int, -1) n) a) b`;

const failure = (
  code: string,
  text: string,
  groups: number,
) => `json_build_object('at', '2026-11-30T03:00:00.000Z',
  'since', '2026-11-30T03:00:00.000Z', 'commandId', i || '/payment.charge', 'code', '${code}', 'text', ${text},
  'participant', 'payment', 'fingerprint', left(md5((n % ${groups})::text), 16))`;

/** A fifth is stuck, half is delayed by a failure. */
const ACTIVE = `
INSERT INTO orchestrator.sagas (${COLUMNS})
SELECT i, 'order', 1, n % 12, 'customer-' || n % 50000, ${INPUT}, at, 3, 2,
    CASE n % 4 WHEN 0 THEN 'compensating.refundingPayment' ELSE 'chargingPayment' END,
    CASE n % 4 WHEN 0 THEN 'compensating' ELSE 'running' END, ${context(`'live_'`)},
    ${pending(
      `json_build_object(i || '/payment.charge', json_build_object('type', 'payment.charge', 'kind', 'forward',
        'issuedAt', 1764470000000, 'version', 2))`,
      `json_build_object('xstate.after.chargeDeadline.order.chargingPayment',
        json_build_object('generation', 2, 'at', 1764470000000, 'delayMs', 60000))`,
    )},
    CASE WHEN n % 5 = 0 THEN ${compact(failure('parked', `'it was parked after ' || n || ' attempts'`, 37))} END,
    CASE WHEN n % 2 = 0 THEN ${compact(failure('gateway-unavailable', `'no answer after ' || n || ' ms'`, 11))} END,
    at, NULL, now(),
    ${compact(`json_build_object('sent', json_build_object(i || '/payment.charge', json_build_object('endOffset', 12345,
      'log', 'abcdefgh', 'readAt', 1764470000000, 'unread', false, 'nextAt', 1764470000000, 'resentAt', '[]'::json, 'attempts', 1)))`)}
  FROM (SELECT n, at, uuidv7(at - clock_timestamp()) AS i
          FROM (SELECT n, now() - n * (interval '3 days' / $1::int) AS at FROM generate_series($1::int, 1, -1) n) a) b`;

/** Fills, and leaves the tables as they would long have been: vacuumed and analysed. */
export async function fillSagas(
  db: Database,
  { done, active }: Amounts,
  print: (line: string) => void,
): Promise<void> {
  const months = Array.from({ length: MONTHS + 1 }, (_, i) => -i);
  await ensurePartitions(db, PARTITIONED, Date.now(), months);
  for (let left = done; left > 0; left -= AT_ONCE) {
    await db.execute(DONE, left, done, Math.max(1, left - AT_ONCE + 1));
    print(`${done - Math.max(0, left - AT_ONCE)} of ${done} sagas that are done`);
  }
  await db.execute(ACTIVE, active);
  await db.execute(`INSERT INTO orchestrator.orders SELECT id, customer_id, id::text, 'hash', 'EUR', 1, created_at
    FROM orchestrator.sagas`);
  await db.execute('VACUUM (ANALYZE) orchestrator.sagas, orchestrator.orders');
}
