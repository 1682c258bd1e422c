/** Mails as files, on real PostgreSQL and Redis: one an event, despite repeats and outages. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { redisOptionsAt } from '#platform/connections/redis-settings.ts';
import { silent } from '#platform/process/log.ts';
import { startRedis } from '#platform/process/testing/full-redis.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { newSaga, Published, recordOf } from '#runtime/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { fileTransport } from './files.ts';
import { orderEventHandler } from './handle-order-events.ts';
import { placeOf, processedEventsIn } from './processed-events.ts';
import { mailStore } from './sql-store.ts';
import { endRecord } from './testing/ends.ts';

const WRITE_LIMIT = 200;

describe('notification, with files', () => {
  let test: TestDatabase;
  let redis: Redis;
  let out: Published;
  const folder = mkdtempSync(join(tmpdir(), 'mail-'));
  before(async () => {
    test = await openTestDatabase();
    const url = process.env.REDIS_URL ?? (await stackUp({ name: 'test' })).redis;
    redis = new Redis({ ...redisOptionsAt(url), maxRetriesPerRequest: 0 });
  });
  beforeEach(() => {
    out = new Published();
  });
  after(async () => {
    redis.disconnect();
    rmSync(folder, { recursive: true });
    await test.close();
  });

  const handle = async (records: InRecord[], to: Redis | null = redis) => {
    const parts = { mails: mailStore(test.db), publisher: out, log: silent, now: () => Date.now() };
    const processed = processedEventsIn(to, silent);
    const { handleOrderEvents } = orderEventHandler({
      ...parts,
      transport: fileTransport(folder, 'shop@example.org'),
      processed,
    });
    await (await handleOrderEvents(records)).published;
  };
  const fileOf = (id: string, type = 'order.completed') =>
    join(folder, '2026-11-22', '10', `${id}.${type}.eml`);
  const mailsOf = (id: string) =>
    test.db.query<{ state: string; recipient: string }>(
      'SELECT state, recipient FROM notification.mails WHERE order_id = $1::uuid',
      id,
    );

  it('writes one mail an event, and a row', async () => {
    const [good, bad] = [newSaga(), newSaga()];
    await handle([
      endRecord(good, 'order.completed'),
      endRecord(bad, 'order.failed', { customerId: 'bob@example.org' }),
    ]);
    expect(readFileSync(fileOf(good), 'utf8')).to.contain('To: ann@customers.invalid');
    expect(readFileSync(fileOf(bad, 'order.failed'), 'utf8')).to.contain('To: bob@example.org');
    expect(await mailsOf(good)).to.deep.equal([{ state: 'sent', recipient: 'ann@customers.invalid' }]);
    expect(
      readdirSync(join(folder, '2026-11-22', '10')).filter((name) => !name.endsWith('.eml')),
    ).to.deep.equal([]);
  });

  it('skips an event that a row or Redis lists', async () => {
    const id = newSaga();
    const record = endRecord(id, 'order.completed');
    await handle([record, record]);
    expect(await mailsOf(id)).to.have.length(1);
    const { key = '', field = '' } = placeOf(`${id}/order.completed`) ?? {};
    expect(await redis.hexists(key, field)).to.equal(1);
    expect(await redis.ttl(key)).to.be.within(86_000, 86_400);

    // A second mail would create the file again.
    rmSync(fileOf(id));
    await handle([record], null);
    expect(existsSync(fileOf(id)), 'skipped by its row').to.equal(false);
    await test.db.query('DELETE FROM notification.mails WHERE order_id = $1::uuid', id);
    await handle([record]);
    expect(existsSync(fileOf(id)), 'skipped by Redis').to.equal(false);
  });

  it('sends the same mail again after a crash between sending and writing the row', async () => {
    const id = newSaga();
    await handle([endRecord(id, 'order.completed')], null);
    const first = readFileSync(fileOf(id));
    await test.db.query('DELETE FROM notification.mails WHERE order_id = $1::uuid', id);
    rmSync(fileOf(id));
    await handle([endRecord(id, 'order.completed')], null);
    expect(readFileSync(fileOf(id)).equals(first)).to.equal(true);
    expect(await mailsOf(id)).to.have.length(1);
  });

  it('goes on during an outage of Redis', async () => {
    const away = new Redis(1, '127.0.0.1', { maxRetriesPerRequest: 0, enableOfflineQueue: false });
    away.on('error', () => {});
    try {
      const id = newSaga();
      await handle([endRecord(id, 'order.completed')], away);
      await handle([endRecord(id, 'order.completed')], away);
      expect(await mailsOf(id)).to.have.length(1);
    } finally {
      away.disconnect();
    }
  });

  it('sends one mail an event while Redis is full, and still knows what it took before', async () => {
    const full = await startRedis();
    try {
      const [before, after] = [newSaga(), newSaga()];
      await handle([endRecord(before, 'order.completed')], full.redis);
      await full.fill();
      await handle([endRecord(after, 'order.completed')], full.redis);
      await handle([endRecord(after, 'order.completed')], full.redis);
      expect(await mailsOf(after), 'once, by its row').to.have.length(1);
      rmSync(fileOf(after));
      await handle([endRecord(after, 'order.completed')], full.redis);
      expect(existsSync(fileOf(after)), 'its row says that it is sent').to.equal(false);
      const ends = [before, after].map((id) => `${id}/order.completed`);
      const known = await processedEventsIn(full.redis, silent).among(ends);
      expect([...known], 'nothing was evicted, and nothing taken').to.deep.equal([ends[0]]);
    } finally {
      await full.close();
    }
  });

  it('parks unreadable records, and sends the rest', async () => {
    const id = newSaga();
    const bad = recordOf('order-completed', newSaga(), '{"specversion":"1.0"}');
    await handle([bad, endRecord(newSaga(), 'order.created'), endRecord(id, 'order.completed')]);
    expect(out.parked()).to.deep.equal(['not-an-envelope', 'unknown-type']);
    expect(await mailsOf(id)).to.have.length(1);
  });

  it('handles a full batch at once', async () => {
    const ids = Array.from({ length: WRITE_LIMIT }, newSaga);
    await handle(ids.map((id) => endRecord(id, 'order.completed')));
    expect(ids.filter((id) => !existsSync(fileOf(id)))).to.deep.equal([]);
    const [sum] = await test.db.query<{ count: number }>(
      'SELECT count(*)::int FROM notification.mails WHERE order_id = ANY ($1::uuid[])',
      ids,
    );
    expect(sum?.count).to.equal(WRITE_LIMIT);
  });
});
