/** A topic that takes no message holds up the orders that need it, and no others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { uuidv7 } from '#protocol/ids.ts';
import { kafkaTool } from '#scripts/run/stack/kafka-tool.ts';
import { toolOptions } from '#scripts/run/stack/secure/tool-options.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop } from './shop.ts';

const CHANNEL = 'coupon-redemption-requested';
/** Enough for every partition, in all likelihood. */
const BLOCKED = 40;
const OTHERS = 60;
const STEP_TIMEOUT_MS = 12_000;

describe('a topic that takes no message', () => {
  let shop: Shop;
  before(async () => {
    const environment = { STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) };
    shop = await openShop('blocked', { gateway: 'none', environment });
  });
  after(() => shop?.stop());

  const configure = (change: string[]) =>
    kafkaTool('kafka.admin.ConfigCommand', [
      ...['--bootstrap-server', shop.system.addresses.kafka, '--alter', '--entity-type', 'topics'],
      ...['--entity-name', shop.prefix + CHANNEL, ...change, ...toolOptions(shop.system.stack)],
    ]);

  it('lets all other orders end; those that need it wait without a time-out, and end once it takes messages', async () => {
    await configure(['--add-config', 'max.message.bytes=1']);
    const waiting = await shop.placeMany(BLOCKED, () => ({ couponId: uuidv7(Date.now()) }));
    await waitUntil(
      () => Promise.all(waiting.map((id) => shop.order(id))),
      (shown) => shown.every(({ state }) => state === 'redeemingCoupon'),
      { what: 'every order with a coupon to wait for its redemption' },
    );
    const others = await shop.placeMany(OTHERS, () => ({}));
    const ended = await shop.ended(others);
    expect(ended.every(({ status }) => status === 'completed')).to.equal(true);

    await sleep(2 * STEP_TIMEOUT_MS);
    const still = await Promise.all(waiting.map((id) => shop.order(id)));
    expect(new Set(still.map(({ state }) => state))).to.deep.equal(new Set(['redeemingCoupon']));
    expect((await shop.ended(await shop.placeMany(OTHERS, () => ({})))).length).to.equal(OTHERS);

    await configure(['--delete-config', 'max.message.bytes']);
    const refused = await shop.ended(waiting, 60_000);
    expect(new Set(refused.map(({ reason }) => reason))).to.deep.equal(new Set(['coupon.refused']));
    const ledger = await verifyLedger({ databaseUrl: shop.databaseUrl });
    expect(ledger.filter(({ violations }) => violations > 0)).to.deep.equal([]);
  });
});
