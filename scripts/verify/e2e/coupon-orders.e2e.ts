/** Orders with coupons on the whole system: forward with a discount, refused, back, and through a restart. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Issued, insertCoupon } from '#participants/coupon/redemption/testing/insert-coupon.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { readTopics } from './kafka.ts';
import { openShop, type Shop } from './shop.ts';

const PROCESSES = ['api', 'engine', 'gateway', 'inventory', 'coupon', 'payment', 'shipping', 'notification'];

interface Order {
  readonly status: string;
  readonly reason?: string;
  readonly reasonCode?: string;
  readonly discount?: number;
  readonly charged?: number;
}

/** A event of a coupon's use. */
type Usage = Envelope<{ couponId: string; orderId: string; userId: string; discount?: number }>;

describe('an order with a coupon', () => {
  let shop: Shop;
  let db: Database;
  before(async () => {
    shop = await openShop('coupons', { gateway: 'simulator', only: PROCESSES });
    db = openDatabase(shop.databaseUrl, { pool: 2, processName: 'e2e' });
  });
  after(async () => {
    await db?.close();
    await shop?.stop();
  });
  afterEach(async () => {
    const { databaseUrl, system } = shop;
    const gatewayUrl = system.urls['gateway'];
    const results = await verifyLedger({ databaseUrl, gatewayUrl, gatewayKey: 'sk_test_local' });
    const broken = results.filter(({ violations }) => violations > 0);
    expect(broken, JSON.stringify(broken, null, 2)).to.deep.equal([]);
  });

  const coupon = async (issued: Issued = {}) =>
    (await insertCoupon(db, { userId: 'ada', ...issued })).couponId;
  const orders = async (...ids: string[]) => {
    await shop.ended(ids);
    return Promise.all(ids.map((id) => shop.get<Order>(`/v1/orders/${id}`)));
  };
  const holder = async (couponId: string) => {
    const text = 'SELECT redeemed_by::text AS id FROM coupon.coupons WHERE id = $1::uuid';
    return (await db.query<{ id: string | null }>(text, couponId))[0]?.id;
  };
  const usage = async (couponId: string) => {
    const records = await readTopics(shop.system.addresses.kafka, shop.prefix, ['coupon-usage']);
    const events = records.map(({ key, value }) => ({ key, ...(JSON.parse(String(value)) as Usage) }));
    return events.filter(({ data }) => data.couponId === couponId);
  };
  const mailAbout = async (orderId: string) => {
    const files = await readdir(shop.system.mail, { recursive: true });
    const found = files.find((file) => file.includes(orderId));
    return found === undefined ? '' : readFile(join(shop.system.mail, found), 'utf8');
  };

  it('completes for its amount less the discount, and its mail shows both', async () => {
    const couponId = await coupon();
    const id = await shop.place({ couponId });
    const [order] = await orders(id);
    expect(order).to.include({ status: 'completed', discount: 500, charged: 790 });
    expect(await holder(couponId)).to.equal(id);
    const mail = await waitUntil(() => mailAbout(id), Boolean);
    expect(mail).to.contain('EUR 7.90 (EUR 12.90 less EUR 5.00 discount)');
    const [event, ...more] = await usage(couponId);
    expect(more).to.deep.equal([]);
    expect(event).to.include({ type: 'coupon.used', key: 'ada', id: `${id}/coupon.redeem/usage` });
    expect(event?.data).to.deep.include({ orderId: id, userId: 'ada', discount: 500 });
  });

  it('completes for nothing where the coupon covers all of it: without a call of the gateway', async () => {
    const id = await shop.place({ couponId: await coupon({ discount: { kind: 'percent', value: 100 } }) });
    const [order] = await orders(id);
    expect(order).to.include({ status: 'completed', discount: 1290, charged: 0 });
    const [intent] = await db.query<{ amount: bigint; gateway: string }>(
      'SELECT amount::int, gateway FROM payment.intents WHERE saga_id = $1::uuid',
      id,
    );
    expect(intent).to.deep.equal({ amount: 0, gateway: 'none' });
  });

  it('is one of two at once: the other fails with a reason', async () => {
    const couponId = await coupon();
    const ids = await Promise.all([shop.place({ couponId }), shop.place({ couponId })]);
    const ended = await orders(...ids);
    expect(ended.map(({ status }) => status).sort()).to.deep.equal(['completed', 'failed']);
    const failed = ended.find(({ status }) => status === 'failed');
    expect(failed).to.include({ reason: 'coupon.refused', reasonCode: 'already-redeemed' });
    const winner = ids[ended.findIndex(({ status }) => status === 'completed')];
    expect(await holder(couponId)).to.equal(winner);
  });

  it('fails where the coupon is another’s, past, in another currency, or none', async () => {
    const past = new Date(Date.now() - 1_000);
    const named = {
      'not-yours': await coupon({ userId: 'grace' }),
      expired: await coupon({ validUntil: past }),
      'other-currency': await coupon({ discount: { kind: 'amount', value: 500, currency: 'USD' } }),
      'unknown-coupon': 'WELCOME',
    };
    const ids = await Promise.all(Object.values(named).map((couponId) => shop.place({ couponId })));
    const ended = await orders(...ids);
    expect(ended.map(({ reasonCode }) => reasonCode)).to.deep.equal(Object.keys(named));
    expect(new Set(ended.map(({ status, reason }) => `${status}: ${reason}`))).to.deep.equal(
      new Set(['failed: coupon.refused']),
    );
  });

  it('that fails gives its coupon back: another order can have it', async () => {
    const couponId = await coupon();
    const declined = await shop.place({ couponId, method: 'pm_card_chargeDeclined' });
    expect((await orders(declined))[0]).to.include({ status: 'failed', reason: 'payment.declined' });
    expect(await holder(couponId)).to.equal(null);
    const again = await shop.place({ couponId });
    expect((await orders(again))[0]).to.include({ status: 'completed', charged: 790 });
    expect(await holder(couponId)).to.equal(again);
    const published = (await usage(couponId)).map(({ type, data }) => [type, data.orderId]);
    expect(published).to.have.deep.members([
      ['coupon.used', declined],
      ['coupon.returned', declined],
      ['coupon.used', again],
    ]);
  });

  it('survives kill -9 of the coupon process with orders under way', async () => {
    const coupons = await Promise.all(Array.from({ length: 20 }, () => coupon()));
    const ids = await shop.placeMany(40, (i) => ({
      couponId: coupons[i % coupons.length] ?? '',
      ...(i % 5 === 0 && { country: 'AQ' }),
    }));
    shop.system.kill('coupon', 'SIGKILL');
    await shop.system.restart('coupon');
    const ended = await shop.ended(ids, 60_000);
    const completed = ended.filter(({ status }) => status === 'completed').length;
    expect(completed).to.be.at.most(coupons.length).and.at.least(1);
  });
});
