/** The issuer on real PostgreSQL and Redis: never one too many, never two answers, whoever dies or forgets. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { eventually } from '#runtime/testing/eventually.ts';
import { cacheIn } from './cache.ts';
import { CheckpointBehind } from './decide-requests.ts';
import { readAnswers } from './read-answers.ts';
import { refreshAll } from './refresh.ts';
import { campaignStore, couponReads } from './sql-store.ts';
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
  after(() => on.close());

  const users = (count: number, name = 'user') => Array.from({ length: count }, (_, i) => `${name} ${i}`);
  const ask = (campaignId: string, ...userIds: string[]) =>
    userIds.map((userId) => log.record(campaignId, { userId }));
  const lookedUp = async (records: readonly InRecord[]) =>
    (await readAnswers(couponReads(on.test.db), records.map(requestOf))).map((answer) =>
      answer.state === 'failed' ? answer.reason : answer.state,
    );
  const epoch = () => couponReads(on.test.db).epoch();

  it('issues, says how many are left, and tells Redis', async () => {
    const campaignId = await on.campaign(2);
    const records = ask(campaignId, 'ada', 'bob', 'carl');
    expect(await lookedUp(records)).to.deep.equal(['pending', 'pending', 'pending']);
    await one.take(records);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 2, rows: 2 });
    expect(one.said().sort()).to.deep.equal(['issued', 'issued', 'sold-out']);
    const [stock] = one.values('coupon-inventory').map((text) => JSON.parse(text).data);
    expect(stock).to.deep.equal({ campaignId, total: 2, left: 0, soldOut: true });
    const read = async () => on.cache.read(await epoch(), campaignId, ['ada', 'bob', 'carl']);
    const { winners } = await eventually(read, ({ soldOut }) => soldOut);
    expect(winners.filter((winner) => winner !== null)).to.have.length(2);
    expect((await lookedUp(records)).sort()).to.deep.equal(['issued', 'issued', 'sold-out']);
  });

  it('answers what comes again byte for byte, after dying between commit and publishing', async () => {
    const campaignId = await on.campaign(3);
    const records = ask(campaignId, 'ada', 'ada', 'bob', 'carl', 'dora');
    await one.take(records);
    const two = new TestIssuer(on, on.test.other);
    await two.take(records);
    expect(two.values('coupon-issued', 'coupon-failed')).to.deep.equal(
      one.values('coupon-issued', 'coupon-failed'),
    );
    expect(two.values('coupon-inventory')).to.have.length(1);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 3, rows: 3 });
  });

  it('never issues one too many while two issuers share a campaign', async () => {
    const campaignId = await on.campaign(100);
    const records = ask(campaignId, ...users(600));
    const two = new TestIssuer(on, on.test.other);
    const mine = (first: boolean) => records.filter(({ partition }) => partition < 3 === first);
    const inBatches = async (issuer: TestIssuer, all: InRecord[]) => {
      for (let from = 0; from < all.length; from += 20) await issuer.take(all.slice(from, from + 20));
    };
    await Promise.all([inBatches(one, mine(true)), inBatches(two, mine(false))]);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 100, rows: 100 });
    const said = [...one.said(), ...two.said()];
    expect(said.filter((answer) => answer === 'issued')).to.have.length(100);
    expect(said.filter((answer) => answer === 'sold-out')).to.have.length(500);
  });

  it('waits for the last coupon that another one is about to give: stepped by hand', async () => {
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
    const taking = slow.take(first);
    await held;
    const two = new TestIssuer(on, on.test.other);
    const waiting = two.take(second);
    await eventually(
      () =>
        on.test.db.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE NOT l.granted AND a.datname = current_database()`,
        ),
      ([row]) => row?.waiting === 1,
    );
    expect(two.said()).to.deep.equal([]);
    commit();
    await Promise.all([taking, waiting]);
    expect([slow.said(), two.said()]).to.deep.equal([['issued'], ['sold-out']]);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 1, rows: 1 });
  });

  it('lets a zombie only repeat what its successor decided', async () => {
    const campaignId = await on.campaign(5);
    const records = ask(campaignId, ...users(10));
    const zombie = new TestIssuer(on, on.test.other);
    await Promise.all([one.take(records), zombie.take(records)]);
    expect(zombie.values('coupon-issued').sort()).to.deep.equal(one.values('coupon-issued').sort());
    expect(zombie.values('coupon-failed').sort()).to.deep.equal(one.values('coupon-failed').sort());
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 5, rows: 5 });
  });

  it('parks what nobody can read, and whoever asks for it is told it was lost', async () => {
    const campaignId = await on.campaign(5);
    const [good] = ask(campaignId, 'ada') as [InRecord];
    const late = log.record(campaignId, { userId: 'ada', key: 'another' });
    const records = [
      good,
      { ...late, key: 'bob' },
      log.bytes('ada', 'no JSON'),
      log.record(campaignId, { userId: 'ada', key: 'third' }),
    ];
    await one.take(records);
    expect(one.out.parked()).to.deep.equal(['wrong-key', 'not-json']);
    expect(one.said()).to.deep.equal(['issued', 'duplicate']);
    const nobodys = { ...requestOf(late), userId: 'bob' };
    const [answer] = await readAnswers(couponReads(on.test.db), [nobodys]);
    expect(answer).to.deep.equal({ state: 'failed', reason: 'lost' });
  });

  it('parks what no column takes, and decides the rest', async () => {
    const campaignId = await on.campaign(5);
    const records = ['ada', 'ada', 'ada'].map((userId, i) =>
      log.record(campaignId, { userId, key: String(i) }),
    );
    await one.take(records.map((record, i) => (i === 0 ? { ...record, timestamp: Number.NaN } : record)));
    expect(one.out.parked()).to.deep.equal(['refused-by-database']);
    expect(one.said()).to.deep.equal(['issued', 'duplicate']);
  });

  it('notes what left the log before it was read, and goes on', async () => {
    const campaignId = await on.campaign(5);
    const lost = log.record(campaignId, { userId: 'ada' });
    const next = log.record(campaignId, { userId: 'ada', key: 'next' });
    one.begun.set(lost.partition, 0);
    await one.take([next]);
    expect(one.said()).to.deep.equal(['issued']);
    const bobs = { ...requestOf(lost), userId: 'bob' };
    expect((await readAnswers(couponReads(on.test.db), [bobs]))[0]).to.deep.equal({
      state: 'failed',
      reason: 'lost',
    });
  });

  it('decides nothing and has Redis forget when the database went back; what is read again is decided anew', async () => {
    const campaignId = await on.campaign(1);
    const [ada, bob] = [
      log.record(campaignId, { userId: 'ada' }),
      log.record(campaignId, { userId: 'ada', key: 'b' }),
    ];
    await one.take([ada]);
    const before = await epoch();
    // As a restore of an earlier backup leaves it.
    await on.test.db.execute('DELETE FROM coupon.coupons WHERE campaign_id = $1::uuid', campaignId);
    await on.test.db.execute('UPDATE coupon.campaigns SET issued = 0 WHERE id = $1::uuid', campaignId);
    await on.test.db.execute('UPDATE coupon.checkpoints SET next_offset = 0');
    const failure = await one.take([bob]).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(CheckpointBehind);
    expect(await epoch()).not.to.equal(before);
    expect((await on.cache.read(await epoch(), campaignId, ['ada'])).left).to.equal(null);
    await one.take([ada, bob]);
    expect(one.said()).to.deep.equal(['issued', 'issued', 'duplicate']);
    expect(await on.counts(campaignId)).to.deep.equal({ issued: 1, rows: 1 });
  });

  it('answers without Redis, and fills an emptied one', async () => {
    const campaignId = await on.campaign(3);
    const gone = {
      evalsha: () => Promise.reject(new Error('away')),
      eval: () => Promise.reject(new Error('away')),
    };
    const without = new TestIssuer(on, on.test.db, { cache: cacheIn(gone) });
    await without.take(ask(campaignId, 'ada', 'bob'));
    expect(without.said()).to.deep.equal(['issued', 'issued']);
    await one.take(ask(campaignId, 'carl', 'dora'));
    const read = async () => on.cache.read(await epoch(), campaignId, ['ada', 'dora']);
    const partly = await eventually(read, ({ left }) => left === 0);
    expect(partly.soldOut, 'ada would be told that nothing is left').to.equal(false);
    const db = on.test.db;
    const refresh = () =>
      refreshAll({
        reads: couponReads(db),
        campaigns: campaignStore(db),
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

  it('closes a campaign after all that was decided: what was sold out stays so', async () => {
    const campaignId = await on.campaign(1);
    const later = new Date(OPEN_AT.getTime() + 60_000);
    const records = [
      log.record(campaignId, { userId: 'ada' }),
      log.record(campaignId, { userId: 'bob', at: later }),
    ];
    await one.take(records);
    const closed = await campaignStore(on.test.db).close(campaignId, OPEN_AT);
    expect(closed?.closedAt).to.deep.equal(new Date(later.getTime() + 1));
    expect(await lookedUp(records)).to.deep.equal(['issued', 'sold-out']);
    const again = await campaignStore(on.test.db).close(campaignId, new Date());
    expect(again?.closedAt).to.deep.equal(closed?.closedAt);
    expect(await campaignStore(on.test.db).close(crypto.randomUUID(), OPEN_AT)).to.equal(null);
  });
});
