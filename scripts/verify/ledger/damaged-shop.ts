/** For the ledger's tests: a shop with an order of each kind, and damages to its tables. */
import pg from 'pg';
import { insertCoupon } from '#participants/coupon/redemption/testing/insert-coupon.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import type { Damage } from './damage.ts';
import { openSmallShop, type SmallShop } from './testing.ts';

const ORDERS = [
  {},
  { method: 'pm_card_chargeDeclined' },
  { sku: 'sold-out-mug' },
  { country: 'AQ' },
  { sku: 'coffee-beans' },
];

const COUPON = { userId: 'customer-1' };

/** Runs an order of each kind to its end on an empty, migrated database. @returns the ids by the names that damages use */
export async function fillShop(databaseUrl: string): Promise<Readonly<Record<string, string>>> {
  const shop = await openSmallShop(databaseUrl);
  const [good = '', declined = '', soldOut = '', unserved = ''] = await shop.run(ORDERS);
  const [used, free] = [await insertCoupon(shop.db, COUPON), await insertCoupon(shop.db, COUPON)];
  const [couponed = '', returned = ''] = await shop.run([
    { couponId: used.couponId },
    { couponId: free.couponId, method: 'pm_card_chargeDeclined' },
  ]);
  const [waiting = ''] = await shop.accept([{}]);
  for (const id of [good, declined, waiting]) await shop.act(id);
  await refundAtTheGateway(shop.db, unserved);
  await shop.close();
  const orders = { good, declined, soldOut, unserved, waiting, couponed, returned };
  return { ...orders, used: used.couponId, free: free.couponId };
}

/** As payment would have taken this order's charge back at a gateway. */
async function refundAtTheGateway(db: SmallShop['db'], sagaId: string): Promise<void> {
  await db.execute(`UPDATE payment.intents SET gateway = 'simulator' WHERE saga_id = $1::uuid`, sagaId);
  await db.execute(
    `INSERT INTO payment.reversals (saga_id, reversal_id, command_id, kind, amount, state, status, own, seen_at)
     SELECT saga_id, 're_1', command_id, 'refund', amount, 'settled', 'succeeded', true, now()
       FROM payment.intents WHERE saga_id = $1::uuid`,
    sagaId,
  );
}

/** Plants a damage. @throws Error when it changed nothing */
export async function spoil(
  url: string,
  sql: Damage['sql'],
  ids: Readonly<Record<string, string>>,
): Promise<void> {
  const client = new pg.Client(connectionTo(url));
  await client.connect();
  try {
    for (const statement of sql) {
      const { rowCount, command } = await client.query(
        statement.replaceAll(/\$(\w+)/g, (_, name) => ids[name] ?? ''),
      );
      if (command !== 'ALTER' && rowCount === 0) throw new Error(`changed nothing: ${statement}`);
    }
  } finally {
    await client.end();
  }
}
