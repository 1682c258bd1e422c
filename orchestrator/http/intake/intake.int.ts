/** Intake on the real stack: orders are durable before the answer, once per key, in groups, and rejected under overload. */
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { startMessage } from '#engine/definition/start-message.ts';
import { orderSaga } from '#orchestrator/sagas/order/index.ts';
import { viewStore } from '#orchestrator/store/view-store.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { partitionOf } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../testing/api.ts';
import { ORDER } from '../testing/client.ts';

describe('intake', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const post = (change = {}, key?: string) =>
    api.request('/v1/orders', {
      body: { ...ORDER, ...change },
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });
  const ordersUnder = (key: string) =>
    api.db.query<{ id: string }>('SELECT id::text FROM orchestrator.orders WHERE idempotency_key = $1', key);
  const eventsOf = (id: string) =>
    api.published.filter(({ topic, key }) => topic === 'order-created' && key === id);

  it('answers 202 with links once order and saga are there, and publishes the bytes the sweeper would', async () => {
    const { status, body, headers } = await post();
    expect(status).to.equal(202);
    const id = String(body.orderId);
    expect(body).to.deep.equal({
      orderId: id,
      status: 'running',
      links: { self: `/v1/orders/${id}`, cancel: `/v1/orders/${id}/cancel` },
    });
    expect(headers.get('location')).to.equal(`/v1/orders/${id}`);
    const saga = await viewStore(api.db).saga(id);
    expect(saga?.row).to.include({ state: 'created', status: 'running', version: 0, revision: 0 });
    expect(saga?.row.input).to.deep.equal(ORDER);
    const [event] = await waitUntil(
      () => eventsOf(id),
      (events) => events.length > 0,
    );
    if (saga === null) throw new Error('there is no saga');
    expect(event?.value?.toString()).to.equal(startMessage(register(orderSaga()), saga.row).value);
    expect(event?.partition).to.equal(saga.row.partition);
  });

  it('accepts an order once, however often and concurrently a sender repeats it under one key', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post({}, 'same')));
    const again = await post({}, 'same');
    expect(new Set([...answers, again].map(({ status }) => status))).to.deep.equal(new Set([202]));
    const ids = new Set([...answers, again].map(({ body }) => String(body.orderId)));
    expect(await ordersUnder('same')).to.deep.equal([...ids].map((id) => ({ id })));
    expect(again.body).to.deep.equal(answers[0]?.body);
  });

  it('accepts an order once when its fields come in another sequence', async () => {
    const first = await post({}, 'reordered');
    const reversed = Object.fromEntries(Object.entries(ORDER).reverse());
    const second = await api.request('/v1/orders', {
      body: reversed,
      headers: { 'idempotency-key': 'reordered' },
    });
    expect(second.body).to.deep.equal(first.body);
  });

  it('refuses a key with another body, and stores nothing of it', async () => {
    await post({}, 'other-body');
    const { status, body } = await post({ amount: 100 }, 'other-body');
    expect(status).to.equal(422);
    expect(body.type).to.equal('urn:problem:order-saga:idempotency-mismatch');
    expect(await ordersUnder('other-body')).to.have.length(1);
  });

  it('accepts only one of two different orders sent under one key at once', async () => {
    const answers = await Promise.all([post({ amount: 100 }, 'race'), post({ amount: 200 }, 'race')]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([202, 422]);
    expect(await ordersUnder('race')).to.have.length(1);
  });

  it('keeps keys apart by customer', async () => {
    const [mine, theirs] = await Promise.all([post({}, 'ours'), post({ customerId: 'bob' }, 'ours')]);
    expect(mine.body.orderId).not.to.equal(theirs.body.orderId);
  });
});

describe('intake in groups', () => {
  let api: TestApi;
  let lingerMs = 500;
  before(async () => {
    api = await startTestApi({ limits: { lingerMs: () => lingerMs, queueMax: 30 } });
  });
  after(() => api?.close());

  it('gives all orders of a group one partition, and the next group another', async () => {
    const group = async () =>
      new Set(
        (await Promise.all(Array.from({ length: 25 }, () => api.placed()))).map((id) => partitionOf(id)),
      );
    const [first, second] = [await group(), await group()];
    expect(first).to.have.property('size', 1);
    expect(second).to.have.property('size', 1);
    expect([...second]).not.to.deep.equal([...first]);
  });

  it('rejects with Retry-After what the queue cannot hold, and accepts the rest', async () => {
    // Until all have arrived, however busy the machine is.
    lingerMs = 2_000;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api.request('/v1/orders', { body: ORDER })),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 202)).to.have.length(30);
    expect(refused).to.have.length(20);
    for (const { headers, body } of refused) {
      expect(headers.get('retry-after')).to.match(/^\d+$/);
      expect(body.type).to.equal('urn:problem:order-saga:overloaded');
    }
  });
});

describe('intake during outages', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({ oldestMs: 1 });
  });
  after(() => api?.close());

  const post = () => api.request('/v1/orders', { body: ORDER });
  const checked = async () => {
    await api.backlog.check();
    return api.backlog.tooOld;
  };

  it('rejects orders while an accepted one waits too long for an engine, and accepts them again once it has started', async () => {
    const id = await api.placed();
    await waitUntil(checked, (tooOld) => tooOld);
    const { status, body, headers } = await post();
    expect(status).to.equal(503);
    expect(body.type).to.equal('urn:problem:order-saga:overloaded');
    expect(headers.get('retry-after')).to.match(/^\d+$/);
    await api.engine.happen(id, 'order.created');
    await waitUntil(checked, (tooOld) => !tooOld);
    await api.engine.happen(await api.placed(), 'order.created');
  });

  it('answers 503 while PostgreSQL is down, then 202 again, and loses no accepted order', async () => {
    const name = new URL(api.databaseUrl).pathname.slice(1);
    const admin = new URL(api.databaseUrl);
    admin.pathname = '/postgres';
    const pg = await import('pg');
    const client = new pg.default.Client(connectionTo(admin.href));
    await client.connect();
    const accepted: string[] = [];
    try {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      // Waits until the backends are gone: an order sent over a connection that then breaks is answered 504, truly.
      const gone = await client.query(
        'SELECT pg_terminate_backend(pid, 5000) AS gone FROM pg_stat_activity WHERE datname = $1',
        [name],
      );
      expect(gone.rows.every((row) => row.gone)).to.equal(true);
      const { status, body, headers } = await post();
      expect(status).to.equal(503);
      expect(body.type).to.equal('urn:problem:order-saga:unavailable');
      expect(headers.get('retry-after')).to.match(/^\d+$/);
      expect((await api.request('/readyz')).status).to.equal(503);
      const some = '0199d3c4-0000-7000-8000-000000000000';
      expect((await api.request(`/v1/orders/${some}`)).status).to.equal(503);
    } finally {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await client.end();
    }
    const answer = await waitUntil(post, ({ status }) => status === 202);
    accepted.push(String(answer.body.orderId));
    const found = await api.db.query(
      'SELECT id FROM orchestrator.sagas WHERE id = ANY($1::uuid[])',
      accepted,
    );
    expect(found).to.have.length(accepted.length);
  });
});

describe('intake before any engine has started', () => {
  it('answers 503, since no version is active', async () => {
    const api = await startTestApi({ isActive: false });
    try {
      const { status, headers } = await api.request('/v1/orders', { body: ORDER });
      expect(status).to.equal(503);
      expect(headers.get('retry-after')).to.match(/^\d+$/);
    } finally {
      await api.close();
    }
  });
});
