/** The order saga on the whole system: forward, back, under duplicates, and through restarts. */
import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { DEAD_LETTERS, TOPICS } from '#protocol/topics.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { publishAll, readTopics } from './kafka.ts';
import { openShop, type Shop, type Wanted } from './shop.ts';

/** The kinds of the benchmark's mix, and the expected end of each. */
const KINDS: ReadonlyArray<{ wanted: Wanted; status: string; reason?: string }> = [
  { wanted: {}, status: 'completed' },
  { wanted: { method: 'pm_card_chargeDeclined' }, status: 'failed', reason: 'payment.declined' },
  { wanted: { sku: 'sold-out-mug' }, status: 'failed', reason: 'inventory.refused' },
  { wanted: { country: 'AQ' }, status: 'failed', reason: 'shipping.refused' },
];

describe('an order', function () {
  this.timeout(180_000);
  let shop: Shop;
  const ledger = () =>
    verifyLedger({
      databaseUrl: shop.databaseUrl,
      gatewayUrl: shop.system.urls['gateway'] ?? '',
      gatewayKey: 'sk_test_local',
    });

  const balanced = async () => {
    const broken = (await ledger()).filter((invariant) => invariant.violations > 0);
    expect(broken, JSON.stringify(broken, null, 2)).to.deep.equal([]);
  };

  before(async () => {
    shop = await openShop('saga', { gateway: 'simulator' });
  });
  after(() => shop?.stop());

  it('ends as its kind demands, and the ledger holds', async () => {
    const ids = await shop.placeMany(60, (i) => KINDS[i % KINDS.length]?.wanted ?? {});
    const ended = await shop.ended(ids);
    for (const [i, order] of ended.entries()) {
      const kind = KINDS[i % KINDS.length];
      expect(order.status, order.orderId).to.equal(kind?.status);
      expect(order.reason, order.orderId).to.equal(kind?.reason);
    }
    await balanced();
  });

  it('is answered once for one Idempotency-Key', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => shop.place({ customerId: 'grace' }, 'the-same-key')),
    );
    expect(new Set(ids).size).to.equal(1);
    await shop.ended(ids.slice(0, 1));
  });

  it('is not done again when every message of every topic comes a second time', async () => {
    const ids = await shop.placeMany(20, (i) => KINDS[i % KINDS.length]?.wanted ?? {});
    const before = await shop.ended(ids);
    const mails = (await mailsOf(shop)).length;
    const topics = TOPICS.map(({ name }) => name).filter((name) => name !== DEAD_LETTERS);
    const records = await readTopics(shop.system.addresses.kafka, shop.prefix, topics);
    expect(records.length).to.be.greaterThan(100);
    await publishAll(shop.system.addresses.kafka, shop.prefix, records);
    expect(await shop.ended(ids)).to.deep.equal(before);
    await balanced();
    expect((await mailsOf(shop)).length).to.equal(mails);
  });

  for (const victim of ['engine', 'inventory', 'payment', 'shipping', 'api', 'gateway']) {
    it(`survives kill -9 of ${victim} with orders under way`, async () => {
      const ids = await shop.placeMany(40, (i) => KINDS[i % KINDS.length]?.wanted ?? {});
      shop.system.kill(victim, 'SIGKILL');
      await shop.system.restart(victim);
      await shop.ended(ids, 60_000);
      await balanced();
    });
  }
});

async function mailsOf(shop: Shop): Promise<string[]> {
  const files = await readdir(shop.system.mail, { recursive: true });
  return files.filter((file) => file.endsWith('.eml'));
}
