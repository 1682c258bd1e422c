import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { brokerPositions } from '#orchestrator/broker/positions.ts';
import { openAdminClient } from '#platform/kafka/broker-client.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { silent } from '#platform/process/log.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { publishAll } from './kafka.ts';
import { openShop, type Shop, type Wanted, WITH_GATEWAY } from './shop.ts';

const STREET = 'Geheimweg 7';
const METHODS = ['pm_card_visa', 'pm_card_chargeDeclined'];
const KINDS: readonly Wanted[] = [
  {},
  { method: 'pm_card_chargeDeclined' },
  { sku: 'sold-out-mug' },
  { country: 'AQ' },
];
/** Each group and its topics. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  engine: [
    'order-created',
    'inventory-reserved',
    'payment-completed',
    'shipping-prepared',
    'saga-replies',
    'saga-control',
  ],
  inventory: ['inventory-requested'],
  payment: ['payment-requested'],
  shipping: ['shipping-requested'],
  notification: ['order-completed', 'order-failed'],
};
const GROUPS = Object.keys(READERS);

describe('lost offsets', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop('offsets', { gateway: 'simulator', only: WITH_GATEWAY, restarts: false });
  });
  after(() => shop?.stop());

  const query = async (sql: string) => {
    const db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'test' });
    try {
      return await db.query<Record<string, unknown>>(sql);
    } finally {
      await db.close();
    }
  };
  const mails = async () =>
    (await readdir(shop.system.mail, { recursive: true })).filter((file) => file.endsWith('.eml')).sort();
  /** The externally visible effects of the ended orders. */
  const effects = async () => ({
    sagas: await query(
      `SELECT id::text, version, state FROM orchestrator.sagas WHERE ended_at IS NOT NULL ORDER BY id`,
    ),
    stock: await query('SELECT * FROM inventory.stock ORDER BY sku'),
    reservations: await query('SELECT command_id, state FROM inventory.reservations ORDER BY command_id'),
    intents: await query('SELECT command_id, outcome, undone_at FROM payment.intents ORDER BY command_id'),
    shipments: await query('SELECT command_id, state FROM shipping.shipments ORDER BY command_id'),
    sent: await query('SELECT event_id, at FROM notification.mails ORDER BY event_id'),
    mails: await mails(),
  });

  it('redeliver a week of messages without repeating an effect or an e-mail', async () => {
    const ids = await shop.placeMany(80, (i) => ({ ...KINDS[i % KINDS.length], line1: STREET }));
    await shop.ended(ids);
    await waitUntil(mails, (files) => files.length === ids.length);
    const before = await effects();

    for (const name of GROUPS) shop.system.kill(name, 'SIGTERM');
    await waitUntil(
      async () => GROUPS.filter((name) => shop.system.pids[name] !== undefined),
      (alive) => alive.length === 0,
    );
    await deleteGroups(shop);
    for (const name of GROUPS) await shop.system.restart(name);
    await readAll(shop);
    expect(await handledBy(shop, 'engine', 'order-created'), 'messages were redelivered').to.be.at.least(
      ids.length,
    );
    expect(await handledBy(shop, 'payment', 'payment-requested')).to.be.at.least(ids.length / 2);
    expect(await effects()).to.deep.equal(before);

    const more = await shop.placeMany(20, (i) => ({ ...KINDS[i % KINDS.length], line1: STREET }));
    await shop.ended(more);
    await waitUntil(mails, (files) => files.length === ids.length + more.length);
    const gatewayUrl = shop.system.urls['gateway'] ?? '';
    const ledger = await verifyLedger({
      databaseUrl: shop.databaseUrl,
      gatewayUrl,
      gatewayKey: 'sk_test_local',
    });
    expect(ledger.filter(({ violations }) => violations > 0)).to.deep.equal([]);
  });

  it('leave no card, token or address in any log', async () => {
    // Parked messages are logged, and these contain an address.
    const key = '019a0000-0000-7000-8000-0000000000aa';
    const value = JSON.stringify({ shippingAddress: { line1: STREET }, payment: { method: METHODS[0] } });
    const topics = Object.values(READERS).flat();
    await publishAll(
      shop.system.addresses.kafka,
      shop.prefix,
      topics.map((topic) => ({ topic, key, value })),
    );
    const logs = async () => {
      const files = (await readdir(shop.system.logs)).filter((file) => file.endsWith('.log'));
      return Promise.all(files.map(async (file) => readFile(join(shop.system.logs, file), 'utf8')));
    };
    const all = await waitUntil(
      logs,
      (texts) => texts.join('').split('"record-parked"').length > topics.length,
    );
    const token = (await shop.operator())['authorization']?.slice('Bearer '.length) ?? '';
    expect(token).to.have.length.greaterThan(20);
    for (const secret of [STREET, ...METHODS, token, 'Bearer ', 'sk_test_local'])
      expect(
        all.some((text) => text.includes(secret)),
        secret,
      ).to.equal(false);
  });
});

/** Deletes the groups with their offsets, once the brokers have removed their members. */
async function deleteGroups(shop: Shop): Promise<void> {
  const client = await openAdminClient({
    brokers: shop.system.addresses.kafka,
    clientId: 'test',
    log: silent,
  });
  try {
    for (const group of GROUPS)
      await waitUntil(
        () => client.deleteGroup(shop.prefix + group).then(() => 'deleted', String),
        (outcome) => outcome === 'deleted',
      );
  } finally {
    await client.close();
  }
}

/** Waits until every group has read its topics to the end. */
async function readAll(shop: Shop): Promise<void> {
  const positions = await brokerPositions({
    brokers: shop.system.addresses.kafka,
    prefix: shop.prefix,
    clientId: 'test',
  });
  const lag = async (): Promise<number> => {
    let sum = 0;
    for (const [group, topics] of Object.entries(READERS)) {
      const places = topics.flatMap((topic) =>
        Array.from({ length: SAGA_PARTITIONS }, (_, partition) => ({ topic, partition })),
      );
      const [ends, read] = await Promise.all([positions.ends(places), positions.read(group, places)]);
      for (const [key, end] of ends) sum += Math.max(0, end.offset - (read.get(key) ?? 0));
    }
    return sum;
  };
  try {
    await waitUntil(lag, (left) => left === 0);
  } finally {
    await positions.close();
  }
}

/** How many records of a topic a process has handled since it started. */
async function handledBy(shop: Shop, name: string, topic: string): Promise<number> {
  const text = await (await fetch(`${shop.system.urls[name]}/metrics`)).text();
  return Number(new RegExp(`^messages_handled_total\\{topic="${topic}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}
