/** Orders end although a topic of commands was deleted and created anew while they waited for its reader. */
import { expect } from 'chai';
import { createTopics, deleteTopics } from '#platform/kafka/admin.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { TOPICS } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { publishAll } from './kafka.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

const CHANNEL = 'inventory-requested';
const ORDERS = 24;
/** Far more than the orders' commands, in every partition. */
const FOREIGN_RECORDS = 1_200;

describe('a recreated topic of commands', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop('recreated', { only: WITH_GATEWAY, restarts: false });
  });
  after(() => shop?.stop());

  /** The logs in which the sweeper has found the waiting commands' end offsets. */
  const logsSeen = async (): Promise<string[]> => {
    const db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'test' });
    try {
      const rows = await db.query<{ log: string }>(
        `SELECT s.value->>'log' AS log FROM orchestrator.sagas, jsonb_each(sweep_state::jsonb->'sent') s
          WHERE ended_at IS NULL AND s.value->>'endOffset' IS NOT NULL`,
      );
      return rows.map(({ log }) => log);
    } finally {
      await db.close();
    }
  };

  it('holds no order: its commands are sent again, however long the new log is', async () => {
    shop.system.kill('inventory', 'SIGKILL');
    const ids = await shop.placeMany(ORDERS, () => ({}));
    const [before = ''] = await waitUntil(logsSeen, (logs) => logs.length === ORDERS);

    const brokers = shop.system.addresses.kafka;
    await deleteTopics({ brokers, prefix: shop.prefix, topics: [CHANNEL] });
    await createTopics({
      brokers,
      prefix: shop.prefix,
      topics: TOPICS.filter(({ name }) => name === CHANNEL),
    });
    const foreign = Array.from({ length: FOREIGN_RECORDS }, () => crypto.randomUUID());
    await publishAll(
      brokers,
      shop.prefix,
      foreign.map((key) => ({ topic: CHANNEL, key, value: 'not a command' })),
    );
    await waitUntil(logsSeen, (logs) => logs.length === ORDERS && !logs.includes(before));

    await shop.system.restart('inventory');
    const ended = await shop.ended(ids, 90_000);
    expect(ended.filter(({ status }) => status !== 'completed')).to.deep.equal([]);
  });
});
