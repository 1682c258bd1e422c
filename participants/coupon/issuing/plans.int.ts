/** The issuer's statements on full tables: each must find its rows by an index, however many are there. */

import { expect } from 'chai';
import type { Sql } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { recordedPrisma, type Statement } from '#platform/postgres/testing/recorded-prisma.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { CHECKPOINTS, LOCK_CHECKPOINTS, MADE, RAISE, WRITE } from './sql-issuer-store.ts';
import { CLAIMANTS, campaignStore, LOCK_CAMPAIGNS, POSITIONS, READ_COUPONS, READ_LOST } from './sql-store.ts';
import { newCampaign, OPEN_AT } from './testing/requests.ts';

const ROWS = 50_000;
const BATCH = 500;

describe("the plans of the issuer's statements", () => {
  let database: TestDatabase;
  const [full, empty] = [newCampaign(ROWS), newCampaign(ROWS)];

  before(async () => {
    database = await openTestDatabase();
    const { db } = database;
    for (const one of [full, empty]) await campaignStore(db, openPrisma(db)).create(one, null);
    await db.execute(
      `INSERT INTO coupon.campaigns (id, name, total, discount_kind, discount_value, created_at, created_by, idempotency_key)
       SELECT gen_random_uuid(), 'another', 5, 'percent', 10, $1::timestamptz, 'a test', 'key ' || i
         FROM generate_series(1, 2000) i`,
      OPEN_AT,
    );
    await db.execute(
      `INSERT INTO coupon.coupons (id, campaign_id, user_id, request_id, request_partition, request_offset, accepted_at, issued_at)
       SELECT gen_random_uuid(), $1::uuid, 'user ' || i, 'request ' || i, i % 6, i, $2::timestamptz, $2::timestamptz
         FROM generate_series(1, $3::int) i`,
      full.id,
      OPEN_AT,
      ROWS,
    );
    await db.execute(
      `INSERT INTO coupon.checkpoints (partition, next_offset) SELECT p, 0 FROM generate_series(0, $1::int) p`,
      5,
    );
    await db.execute(
      `INSERT INTO coupon.lost (partition, from_offset, to_offset, noted_at)
       SELECT i % 6, i * 10, i * 10 + 5, $1::timestamptz FROM generate_series(1, 5000) i`,
      OPEN_AT,
    );
    for (const table of ['campaigns', 'coupons', 'checkpoints', 'lost'])
      await db.execute(`ANALYZE coupon.${table}`);
  });
  after(() => database?.close());

  const explain = async (text: string, ...values: unknown[]): Promise<string> => {
    const rollback = new Error('rolled back after EXPLAIN');
    let plan = '';
    const explainIn = async (sql: Sql) => {
      const lines = await sql.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, BUFFERS OFF) ${text}`,
        ...values,
      );
      plan = lines.map((line) => line['QUERY PLAN']).join('\n');
      throw rollback;
    };
    await database.db.transaction(explainIn).catch((error) => expect(error).to.equal(rollback));
    return plan;
  };
  const readsNoMoreThanTheBatch = (plan: string) => {
    expect(plan).not.to.match(/Seq Scan on (coupons|campaigns|lost)/);
    expect(plan, 'no node reads more than the batch').not.to.match(/rows=\d{4,}(\.00)? loops/);
  };
  const batch = Array.from({ length: BATCH }, (_, i) => i);

  it('reads the users’ coupons by the unique key', async () => {
    const claimants = batch.map((i) => ({
      campaignId: i % 2 ? full.id : empty.id,
      userId: `user ${i * 90}`,
    }));
    const plan = await explain(READ_COUPONS, ...CLAIMANTS.values(claimants));
    expect(plan).to.match(/Index Scan using coupons_campaign_id_user_id_key/);
    readsNoMoreThanTheBatch(plan);
  });

  it('finds a campaign that was created before by its id, or by its maker and key', async () => {
    const sent: Statement[] = [];
    const store = campaignStore(
      database.db,
      recordedPrisma(database.db, (statement) => sent.push(statement)),
    );
    await store.create(newCampaign(1), 'key 1234');
    const [insert, byId, byKey, ...more] = sent;
    expect([insert?.text.slice(0, 6), more]).to.deep.equal(['INSERT', []]);
    for (const [read, index] of [
      [byId, /Index Scan using campaigns_pkey/],
      [byKey, /Index Scan using campaigns_created_by_idempotency_key_key/],
    ] as const) {
      const plan = await explain(read?.text ?? '', ...(read?.values ?? []));
      expect(plan).to.match(index);
      readsNoMoreThanTheBatch(plan);
    }
  });

  it('locks campaigns by their primary key', async () => {
    const plan = await explain(LOCK_CAMPAIGNS, [full.id, empty.id]);
    expect(plan).to.match(/Index Scan (using|on) campaigns_pkey/);
    readsNoMoreThanTheBatch(plan);
  });

  it('reads lost ranges by the primary key', async () => {
    const positions = batch.map((i) => ({ partition: i % 6, offset: i * 100 + 1 }));
    const plan = await explain(READ_LOST, ...POSITIONS.values(positions));
    expect(plan).to.match(/Index Scan Backward using lost_pkey/);
    readsNoMoreThanTheBatch(plan);
  });

  it('writes a batch in one statement, each row by its key', async () => {
    const made = batch.map((i) => ({
      id: uuidv7(Date.now()),
      campaignId: empty.id,
      userId: `new user ${i}`,
      requestId: `new request ${i}`,
      partition: i % 6,
      offset: i,
      acceptedAt: OPEN_AT,
      issuedAt: OPEN_AT,
      validUntil: null,
    }));
    const checkpoints = [0, 1, 2, 3, 4, 5].map((partition) => ({
      partition,
      next: 100,
      acceptedUntil: OPEN_AT,
    }));
    const plan = await explain(WRITE, ...CHECKPOINTS.values(checkpoints), ...MADE.values(made));
    expect(plan).to.match(/Index Scan using campaigns_pkey/);
    expect(plan).to.match(/Index Scan using checkpoints_pkey/);
    readsNoMoreThanTheBatch(plan);
    readsNoMoreThanTheBatch(await explain(RAISE, ...CHECKPOINTS.values(checkpoints)));
  });

  it('locks checkpoints without reading more than the batch', async () => {
    readsNoMoreThanTheBatch(await explain(LOCK_CHECKPOINTS, [0, 3, 5]));
  });
});
