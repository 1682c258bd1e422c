/** The peers' six steps on real PostgreSQL: their rows agree, a repeat adds none, and no stock falls below 0. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { uuidv7, uuidv7Floor } from '#protocol/ids.ts';
import { dropDatabase, ensureDatabase } from '#scripts/run/stack/database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { orderBodies } from '../../orders/bodies.ts';
import { openStatementPool, type StatementPool } from './pool.ts';
import { countRows, disagreements } from './row-counts.ts';
import { createTables } from './schema.ts';
import { type PeerOrder, stepsOf } from './steps.ts';

const ORDERS = 60;

describe('the rows of the peers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peer-mail-'));
  const url = new URL('postgresql://localhost');
  let client: pg.Client;
  let statements: StatementPool;

  before(async () => {
    url.href = (await stackUp({ name: defaultStack() })).postgres;
    url.pathname = `/peer_rows_${process.pid}`;
    await ensureDatabase(url.href);
    client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await createTables(client);
    statements = openStatementPool(url.href, 10);
  });
  after(async () => {
    await statements?.pool.end();
    await client?.end();
    await dropDatabase(url.href);
    rmSync(folder, { recursive: true });
  });

  it('agree, although every step runs twice and orders share their skus', async () => {
    const bodyOf = orderBodies();
    const now = Date.now();
    const orders = Array.from({ length: ORDERS }, (_, n): PeerOrder => {
      // Neighbours of ten baskets: the same skus again and again, in different orders.
      return { ...JSON.parse(bodyOf((n % 10) * 337, 'good')), orderId: uuidv7(now) };
    });
    const steps = stepsOf(folder, 'orders@shop.invalid');
    await Promise.all(
      orders.map(async (order) => {
        for (const { input, write } of steps) {
          const given = input(order) as PeerOrder;
          await Promise.all([write(statements.run, given), write(statements.run, given)]);
        }
      }),
    );
    const counts = await countRows(client, uuidv7Floor(now));
    expect(disagreements(counts, ORDERS)).to.deep.equal([]);
    expect(counts.movements).to.be.greaterThan(ORDERS * 2);
  });

  it('refuse a reservation without stock, and leave nothing of it', async () => {
    const [, reserve] = stepsOf(folder, 'orders@shop.invalid');
    const orderId = uuidv7(Date.now());
    const reserving = (sku: string, quantity: number) =>
      reserve?.write(statements.run, { orderId, items: [{ sku, quantity }] } as unknown as PeerOrder).then(
        () => 'reserved',
        (error: Error) => error.message,
      );
    const before = await countRows(client, uuidv7Floor(0));
    expect(await reserving('SKU-0001', 200_000_000)).to.include('stock_available_check');
    expect(await reserving('unknown', 1)).to.equal('division by zero');
    expect(await countRows(client, uuidv7Floor(0))).to.deep.equal(before);
  });

  it('are counted: a mail less, or a level changed by hand, does not pass', async () => {
    const all = await countRows(client, uuidv7Floor(0));
    await client.query(
      `DELETE FROM notification.mails WHERE order_id = (SELECT min(order_id::text)::uuid FROM notification.mails)`,
    );
    await client.query(`UPDATE inventory.stock SET available = available - 1 WHERE sku = 'SKU-0500'`);
    expect(disagreements(await countRows(client, uuidv7Floor(0)), all.orders)).to.deep.equal([
      `${all.orders - 1} mails of ${all.orders} completed orders`,
      '1 levels of stock do not add up',
    ]);
  });
});
