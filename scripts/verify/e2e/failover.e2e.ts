/** A PostgreSQL failover under a whole system, with the old primary still running: no order is lost, none is done twice. */
import { expect } from 'chai';
import { ACCESS } from '#participants/access/access.ts';
import { type LossyProxy, openLossyProxy } from '#platform/postgres/testing/lossy-proxy.ts';
import {
  openPrimaryAndStandby,
  type PrimaryAndStandby,
} from '#platform/postgres/testing/primary-and-standby.ts';
import { isSecure } from '#scripts/run/stack/secure/connections.ts';
import { urlFor } from '#scripts/run/stack/secure/permissions.ts';
import { migrateOn } from '#scripts/run/system.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop } from './shop.ts';

const STACK = 'test';
const ORDER_EVERY_MS = 100;
const ENDED_WITHIN_MS = 120_000;

describe('a failover of PostgreSQL', () => {
  let servers: PrimaryAndStandby;
  let proxy: LossyProxy;
  let shop: Shop;
  before(async () => {
    servers = await openPrimaryAndStandby(STACK);
    await migrateOn(STACK, servers.first);
    proxy = await openLossyProxy(servers.first);
    const urlOf = (role: string) => (isSecure(STACK) ? urlFor(proxy.url, role) : proxy.url);
    shop = await openShop('failover', {
      environmentFor: Object.fromEntries(
        ACCESS.map(({ process }) => [process, { DATABASE_URL: urlOf(process) }]),
      ),
      restarts: false,
    });
  });
  after(async () => {
    await shop?.stop();
    await proxy?.close();
    await servers?.close();
  });

  const readiness = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(shop.system.urls)
          .filter(([name]) => name in shop.system.pids && name !== 'gateway')
          .map(async ([name, url]) => [name, (await fetch(`${url}/readyz`)).status] as const),
      ),
    );
  // Regression: a transaction was rolled back, and its connection to the old primary got every next one, for ever.
  it('goes on with the promoted standby, with no process restarted', async () => {
    const pids = shop.system.pids;
    const ids = new Map<string, string>();
    let placing = true;
    const placed: Promise<void>[] = [];
    const place = async (key: string) => {
      const id = await waitUntil(
        () => shop.place({ customerId: key }, key).catch(() => ''),
        (it) => it !== '',
        { withinMs: ENDED_WITHIN_MS, everyMs: 200, what: `an answer 202 to ${key}` },
      );
      ids.set(key, id);
    };
    const customers = (async () => {
      for (let i = 0; placing; i++) {
        placed.push(place(`customer-${i}`));
        await new Promise((resolve) => setTimeout(resolve, ORDER_EVERY_MS));
      }
    })();
    await waitUntil(
      () => ids.size,
      (count) => count >= 20,
    );
    await servers.demote();
    await waitUntil(readiness, (seen) => Object.values(seen).every((one) => one === 503), {
      what: 'that no process is ready',
    });
    const before = ids.size;
    await servers.promote();
    proxy.switchTo(servers.second);
    await waitUntil(
      () => ids.size,
      (count) => count > before,
      { what: 'an order after the failover' },
    );
    await waitUntil(readiness, (seen) => Object.values(seen).every((one) => one === 200), {
      what: 'that every process is ready',
    });
    placing = false;
    await customers;
    await Promise.all(placed);
    const ended = await shop.ended([...ids.values()], ENDED_WITHIN_MS);
    expect(ended.filter(({ status }) => status !== 'completed')).to.deep.equal([]);
    expect(shop.system.pids, 'the processes').to.deep.equal(pids);
    expect(new Set(ids.values()).size).to.equal(ids.size);
    const { items } = await shop.get<{ items: unknown[] }>('/v1/sagas?limit=100');
    expect(items.length).to.equal(Math.min(100, ids.size));
    const results = await waitUntil(
      () =>
        verifyLedger({
          databaseUrl: servers.second,
          gatewayUrl: shop.system.urls['gateway'] ?? '',
          gatewayKey: 'sk_test_local',
        }),
      (some) => some.every(({ violations }) => violations === 0),
      { everyMs: 2_000, what: 'a ledger without violations' },
    );
    expect(results.length).to.be.above(10);
  });
});
