/** The issuer on real PostgreSQL and Redis: never one too many, never two answers, whoever dies or forgets. */

import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { startRedis } from '#platform/process/testing/full-redis.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { cacheIn } from './cache.ts';
import { CheckpointBehind } from './decide-requests.ts';
import { readAnswers } from './read-answers.ts';
import { refreshAll } from './refresh.ts';
import { couponReads } from './sql-store.ts';
import { type Issuing, openIssuing, TestIssuer } from './testing/issuing.ts';
import { OPEN_AT, RequestLog, requestOf } from './testing/requests.ts';

describe('the coupon issuer', () => {
  let on: Issuing;
  let log: RequestLog;
  let one: TestIssuer;
  before(async () => {
    on = await openIssuing();
  });
  beforeEach(async () => {
    await on.restart();
    log = new RequestLog();
    one = new TestIssuer(on, on.test.db);
  });
  after(() => on?.close());

  const users = (count: number, name = 'user') => Array.from({ length: count }, (_, i) => `${name} ${i}`);
  const requests = (campaignId: string, ...userIds: string[]) =>
    userIds.map((userId) => log.record(campaignId, { userId }));
  const answersTo = async (records: readonly InRecord[]) =>
    (await readAnswers(couponReads(on.test.db), records.map(requestOf))).map((answer) =>
      answer.state === 'failed' ? answer.reason : answer.state,
    );
  const epoch = () => couponReads(on.test.db).epoch();

  it('issues coupons, publishes the stock, and writes to Redis', async () => {
    const campaignId = await on.campaign(2);
    const records = requests(campaignId, 'ada', 'bob', 'carl');
    expect(await answersTo(records)).to.deep.equal(['pending', 'pending', 'pending']);
    await one.handle(records);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 2, rows: 2 });
    expect(one.answers().sort()).to.deep.equal(['issued', 'issued', 'sold-out']);
    const [stock] = one.values('coupon-inventory').map((text) => JSON.parse(text).data);
    expect(stock).to.deep.equal({ campaignId, total: 2, left: 0, soldOut: true });
    const read = async () => on.cache.read(await epoch(), campaignId, ['ada', 'bob', 'carl']);
    const { winners } = await waitUntil(read, ({ soldOut }) => soldOut);
    expect(winners.filter((winner) => winner !== null)).to.have.length(2);
    expect((await answersTo(records)).sort()).to.deep.equal(['issued', 'issued', 'sold-out']);
  });

  it('publishes the same bytes again after a crash between commit and publishing', async () => {
    const campaignId = await on.campaign(3);
    const records = requests(campaignId, 'ada', 'ada', 'bob', 'carl', 'dora');
    await one.handle(records);
    const two = new TestIssuer(on, on.test.other);
    await two.handle(records);
    expect(two.values('coupon-issued', 'coupon-failed')).to.deep.equal(
      one.values('coupon-issued', 'coupon-failed'),
    );
    expect(two.values('coupon-inventory')).to.have.length(1);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 3, rows: 3 });
  });

  it('never issues too many while two issuers share a campaign', async () => {
    const campaignId = await on.campaign(100);
    const records = requests(campaignId, ...users(600));
    const two = new TestIssuer(on, on.test.other);
    const mine = (first: boolean) => records.filter(({ partition }) => partition < 3 === first);
    const inBatches = async (issuer: TestIssuer, all: InRecord[]) => {
      for (let from = 0; from < all.length; from += 20) await issuer.handle(all.slice(from, from + 20));
    };
    await Promise.all([inBatches(one, mine(true)), inBatches(two, mine(false))]);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 100, rows: 100 });
    const answers = [...one.answers(), ...two.answers()];
    expect(answers.filter((answer) => answer === 'issued')).to.have.length(100);
    expect(answers.filter((answer) => answer === 'sold-out')).to.have.length(500);
  });

  it('waits for another issuer’s transaction on the last coupon (stepped by hand)', async () => {
    const campaignId = await on.campaign(1);
    const [mine, other] = [
      users(50)
        .map((userId) => log.record(campaignId, { userId }))
        .find(({ partition }) => partition === 0),
      users(50, 'other')
        .map((userId) => log.record(campaignId, { userId }))
        .find(({ partition }) => partition === 1),
    ] as [InRecord, InRecord];
    const first = [{ ...mine, offset: 0 }];
    const second = [{ ...other, offset: 0 }];
    let decided = () => {};
    let commit = () => {};
    const held = new Promise<void>((resolve) => (decided = resolve));
    const gate = new Promise<void>((resolve) => (commit = resolve));
    const slow = new TestIssuer(on, {
      ...on.test.db,
      transaction: (work) =>
        on.test.db.transaction(async (sql) => {
          const result = await work(sql);
          decided();
          await gate;
          return result;
        }),
    });
    const handling = slow.handle(first);
    await held;
    const two = new TestIssuer(on, on.test.other);
    const waiting = two.handle(second);
    await waitUntil(
      () =>
        on.test.db.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE NOT l.granted AND a.datname = current_database()`,
        ),
      ([row]) => row?.waiting === 1,
    );
    expect(two.answers()).to.deep.equal([]);
    commit();
    await Promise.all([handling, waiting]);
    expect([slow.answers(), two.answers()]).to.deep.equal([['issued'], ['sold-out']]);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 1, rows: 1 });
  });

  it('makes a zombie repeat its successor’s answers', async () => {
    const campaignId = await on.campaign(5);
    const records = requests(campaignId, ...users(10));
    const zombie = new TestIssuer(on, on.test.other);
    await Promise.all([one.handle(records), zombie.handle(records)]);
    expect(zombie.values('coupon-issued').sort()).to.deep.equal(one.values('coupon-issued').sort());
    expect(zombie.values('coupon-failed').sort()).to.deep.equal(one.values('coupon-failed').sort());
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 5, rows: 5 });
  });

  it('parks invalid records, and answers lost for them', async () => {
    const campaignId = await on.campaign(5);
    const [good] = requests(campaignId, 'ada') as [InRecord];
    const late = log.record(campaignId, { userId: 'ada', key: 'another' });
    const records = [
      good,
      { ...late, key: 'bob' },
      log.bytes('ada', 'no JSON'),
      log.record(campaignId, { userId: 'ada', key: 'third' }),
    ];
    await one.handle(records);
    expect(one.out.parked()).to.deep.equal(['wrong-key', 'not-json']);
    expect(one.answers()).to.deep.equal(['issued', 'duplicate']);
    const nobodys = { ...requestOf(late), userId: 'bob' };
    const [answer] = await readAnswers(couponReads(on.test.db), [nobodys]);
    expect(answer).to.deep.equal({ state: 'failed', reason: 'lost' });
  });

  it('parks a record whose value fits no column, and decides the rest', async () => {
    const campaignId = await on.campaign(5);
    const records = ['ada', 'ada', 'ada'].map((userId, i) =>
      log.record(campaignId, { userId, key: String(i) }),
    );
    await one.handle(records.map((record, i) => (i === 0 ? { ...record, timestamp: Number.NaN } : record)));
    expect(one.out.parked()).to.deep.equal(['refused-by-database']);
    expect(one.answers()).to.deep.equal(['issued', 'duplicate']);
  });

  it('counts records that left the log unread as lost, and goes on', async () => {
    const campaignId = await on.campaign(5);
    const lost = log.record(campaignId, { userId: 'ada' });
    const next = log.record(campaignId, { userId: 'ada', key: 'next' });
    one.begun.set(lost.partition, 0);
    await one.handle([next]);
    expect(one.answers()).to.deep.equal(['issued']);
    const bobs = { ...requestOf(lost), userId: 'bob' };
    expect((await readAnswers(couponReads(on.test.db), [bobs]))[0]).to.deep.equal({
      state: 'failed',
      reason: 'lost',
    });
  });

  it('renews the epoch and decides nothing when the database went back, and decides anew what it reads again', async () => {
    const campaignId = await on.campaign(1);
    const [ada, bob] = [
      log.record(campaignId, { userId: 'ada' }),
      log.record(campaignId, { userId: 'ada', key: 'b' }),
    ];
    await one.handle([ada]);
    const before = await epoch();
    // The state after a restore of an earlier backup.
    await on.test.db.execute('DELETE FROM coupon.coupons WHERE campaign_id = $1::uuid', campaignId);
    await on.test.db.execute('UPDATE coupon.campaigns SET issued = 0 WHERE id = $1::uuid', campaignId);
    await on.test.db.execute('UPDATE coupon.checkpoints SET next_offset = 0');
    const failure = await one.handle([bob]).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(CheckpointBehind);
    expect(await epoch()).not.to.equal(before);
    expect((await on.cache.read(await epoch(), campaignId, ['ada'])).left).to.equal(null);
    await one.handle([ada, bob]);
    expect(one.answers()).to.deep.equal(['issued', 'issued', 'duplicate']);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 1, rows: 1 });
  });

  it('issues exactly while Redis is full, and nobody reads a wrong answer from it', async () => {
    const full = await startRedis();
    try {
      const cache = cacheIn(full.redis);
      const issuer = new TestIssuer(on, on.test.db, { cache });
      const campaignId = await on.campaign(3);
      await issuer.handle(requests(campaignId, 'ada'));
      await waitUntil(
        async () => (await cache.read(await epoch(), campaignId, [])).left,
        (left) => left === 2,
      );
      await full.fill();
      await issuer.handle(requests(campaignId, 'bob', 'carl', 'dora', 'ada'));
      expect(issuer.answers().sort()).to.deep.equal(['issued', 'issued', 'issued', 'issued', 'sold-out']);
      expect(await on.counts(campaignId)).to.deep.equal({ issued: 3, rows: 3 });
      // It still shows ada's coupon, and does not claim to know all winners: the issuer decides who asks again.
      const { soldOut, winners } = await cache.read(await epoch(), campaignId, ['ada', 'bob']);
      expect(soldOut).to.equal(false);
      expect(winners.map((winner) => winner !== null)).to.deep.equal([true, false]);
    } finally {
      await full.close();
    }
  });

  it('decides without Redis, and refills an emptied one', async () => {
    const campaignId = await on.campaign(3);
    const gone = {
      evalsha: () => Promise.reject(new Error('away')),
      eval: () => Promise.reject(new Error('away')),
    };
    const without = new TestIssuer(on, on.test.db, { cache: cacheIn(gone) });
    await without.handle(requests(campaignId, 'ada', 'bob'));
    expect(without.answers()).to.deep.equal(['issued', 'issued']);
    await one.handle(requests(campaignId, 'carl', 'dora'));
    const read = async () => on.cache.read(await epoch(), campaignId, ['ada', 'dora']);
    const partly = await waitUntil(read, ({ left }) => left === 0);
    expect(partly.soldOut, 'ada would receive sold-out').to.equal(false);
    const db = on.test.db;
    const refresh = () =>
      refreshAll({
        reads: couponReads(db),
        campaigns: on.campaigns,
        cache: on.cache,
        highest: new Map(),
        onBehind: async () => {},
        log: silent,
        now: Date.now,
      });
    await refresh();
    expect(await read()).to.deep.include({ left: 0, soldOut: true });
    await on.redis.flushdb();
    expect(await read()).to.deep.include({ left: null, soldOut: false });
    await refresh();
    const { soldOut, winners } = await read();
    expect([soldOut, winners.map((winner) => winner?.requestId)]).to.deep.equal([
      true,
      [`${campaignId}/ada/once`, undefined],
    ]);
  });

  it('closes a campaign after every decided request, so that sold-out stays sold-out', async () => {
    const campaignId = await on.campaign(1);
    const later = new Date(OPEN_AT.getTime() + 60_000);
    const records = [
      log.record(campaignId, { userId: 'ada' }),
      log.record(campaignId, { userId: 'bob', at: later }),
    ];
    await one.handle(records);
    const closed = await on.campaigns.close(campaignId, OPEN_AT);
    expect(closed?.closedAt).to.deep.equal(new Date(later.getTime() + 1));
    expect(await answersTo(records)).to.deep.equal(['issued', 'sold-out']);
    const again = await on.campaigns.close(campaignId, new Date());
    expect(again?.closedAt).to.deep.equal(closed?.closedAt);
    expect(await on.campaigns.close(crypto.randomUUID(), OPEN_AT)).to.equal(null);
  });
});
