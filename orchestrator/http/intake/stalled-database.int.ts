/** Orders while PostgreSQL stalls or its answers are lost: what each caller was answered is true, now and later. */
import { expect } from 'chai';
import { settled, UNKNOWN } from '#platform/http/testing/stalled.ts';
import { type LossyProxy, openLossyProxy } from '#platform/postgres/testing/lossy-proxy.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../testing/api.ts';
import { type Answer, ORDER } from '../testing/client.ts';

const POOL = 6;
const LOCKED_MS = 8_000;
const POST_EVERY_MS = 150;

interface Placed {
  readonly customerId: string;
  readonly answer: Answer;
}

describe('orders while the database stalls', () => {
  let api: TestApi;
  let proxy: LossyProxy;
  before(async () => {
    api = await startTestApi({
      // No engine begins the accepted ones, and that is no matter of these tests.
      oldestMs: 600_000,
      via: async (url) => {
        proxy = await openLossyProxy(url);
        return proxy.url;
      },
    });
  });
  after(async () => {
    await api.close();
    await proxy.close();
  });

  const post = async (customerId: string, key?: string): Promise<Placed> => ({
    customerId,
    answer: await api.request('/v1/orders', {
      body: { ...ORDER, customerId },
      headers: key === undefined ? {} : { 'idempotency-key': key },
    }),
  });
  /** The ids of a customer's orders. */
  const ordersOf = async (customerId: string) =>
    (
      await api.db.query<{ id: string }>(
        'SELECT id::text FROM orchestrator.orders WHERE customer_id = $1',
        customerId,
      )
    ).map(({ id }) => id);
  const backends = async () => {
    const [row] = await api.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE application_name = 'api' AND datname = current_database()`,
    );
    return row?.count ?? 0;
  };
  /** Checks an answer against what the database holds in the end. */
  const judge = async ({ customerId, answer: { status, body, headers } }: Placed) => {
    const orders = await ordersOf(customerId);
    const said = `${status} ${JSON.stringify(body)}`;
    if (status === 202) expect(orders, said).to.deep.equal([body.orderId]);
    else if (status === 503) expect(orders, said).to.deep.equal([]);
    else {
      expect(body.type, said).to.equal(UNKNOWN);
      const self = `/v1/orders/${String(body.orderId)}`;
      expect(body.links).to.deep.equal({ self });
      expect(headers.get('location')).to.equal(self);
      const found = await api.request(self);
      expect(found.status, said).to.equal(orders.length === 0 ? 404 : 200);
      if (orders.length > 0) expect(orders).to.deep.equal([body.orderId]);
    }
  };

  // Regression: answered 503 after 5 s, stored once the lock was gone, then started, and charged.
  it('never stores an order that was answered 503, and uses no more connections than its pool', async () => {
    await api.placed();
    const posts: Array<Promise<Placed>> = [];
    let most = 0;
    await api.db.transaction(async (sql) => {
      await sql.execute('LOCK TABLE orchestrator.orders IN SHARE ROW EXCLUSIVE MODE');
      const until = Date.now() + LOCKED_MS;
      let isRefused = false;
      // Until it has shown what it is for, however late a busy machine gives up.
      while (Date.now() < until || (!isRefused && Date.now() < until + LOCKED_MS)) {
        const one = post(`locked-${posts.length}`);
        void one.then(({ answer }) => {
          isRefused ||= answer.status === 503;
        });
        posts.push(one);
        most = Math.max(most, await backends());
        await sql.query('SELECT pg_sleep($1::float8 / 1000)::text', POST_EVERY_MS);
      }
    });
    const placed = await Promise.all(posts);
    most = Math.max(most, await backends());
    await waitUntil(
      () => post('unlocked'),
      ({ answer }) => answer.status === 202,
    );
    await settled();
    for (const one of placed) await judge(one);
    expect(placed.filter(({ answer }) => answer.status === 503)).not.to.deep.equal([]);
    expect(most).to.be.within(1, POOL);
  }).timeout(90_000);

  it('finds out what became of an order whose connection broke, and answers 202 with it', async () => {
    await api.placed();
    proxy.cutAtAnswer();
    const placed = await post('cut');
    expect(placed.answer.status).to.equal(202);
    await judge(placed);
  });

  it('finds out what became of an order whose answer was lost', async () => {
    await api.placed();
    proxy.loseAnswers();
    const placed = await post('lost');
    expect(placed.answer.status).to.equal(202);
    await judge(placed);
  }).timeout(30_000);

  it('answers 504 with the order’s address where it cannot find out, and the address shows the order later', async () => {
    const tries: Placed[] = [];
    const [placed, keyed] = await waitUntil(
      async () => {
        await api.placed();
        proxy.loseAnswers(true);
        const name = `deaf-${tries.length}`;
        const both = await Promise.all([post(name), post(`${name}-keyed`, name)]);
        proxy.heal();
        tries.push(...both);
        return both;
      },
      // An order is not done, and answered so, where it needs a new connection: where the two were not written together.
      (both) => both.every(({ answer }) => answer.status !== 503),
    );
    expect(placed.answer.status).to.equal(504);
    expect(keyed.answer.status).to.equal(504);
    expect(String(placed.answer.body.detail)).to.match(
      /Do not repeat the request without an Idempotency-Key/,
    );
    expect(String(keyed.answer.body.detail)).to.match(/Repeat the request under its Idempotency-Key/);
    const again = await waitUntil(
      () => post(keyed.customerId, keyed.customerId.replace('-keyed', '')),
      ({ answer }) => answer.status === 202,
    );
    for (const one of [...tries, again]) await judge(one);
    expect(again.answer.body.orderId).to.equal(keyed.answer.body.orderId);
    expect(await ordersOf(placed.customerId)).to.deep.equal([placed.answer.body.orderId]);
  }).timeout(120_000);
});
