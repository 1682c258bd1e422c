/** Orders for customers: they read only their own, and cancel them until shipping is requested. */
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { definitionKey } from '#engine/step-batch.ts';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { sagas } from '../sagas/index.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED, engineOn } from './testing/engine.ts';

describe('an order', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const cancel = (id: string, subject = 'alice', as: 'customer' | 'service' = 'customer') =>
    api.request(`/v1/orders/${id}/cancel`, { as, subject, method: 'POST' });
  const taken = async (id: string) => {
    const control = () => api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);
    await api.engine.take(await waitUntil(control, (records) => records.length > 0));
  };

  it('is shown to its customer, to services and to viewers, and to no other customer', async () => {
    const id = await api.placed();
    const seen = async (as: 'customer' | 'service' | 'viewer', subject: string) =>
      (await api.request(`/v1/orders/${id}`, { as, subject })).status;
    expect(await seen('customer', 'alice')).to.equal(200);
    expect(await seen('service', 'shop')).to.equal(200);
    expect(await seen('viewer', 'bob')).to.equal(200);
    expect(await seen('customer', 'bob')).to.equal(404);
    expect((await cancel(id, 'bob')).status).to.equal(404);
  });

  it('shows its status and, after a failure, the reason', async () => {
    const id = await api.placed();
    const read = async () =>
      (await api.request(`/v1/orders/${id}`, { as: 'customer', subject: 'alice' })).body;
    expect(await read()).to.deep.include({
      orderId: id,
      status: 'running',
      state: 'created',
      amount: 4_990,
      currency: 'EUR',
    });
    expect(await read()).not.to.have.any.keys('reason', 'endedAt', 'shippingAddress', 'payment');
    await api.engine.happen(id, 'order.created', {
      to: 'inventory.reserve',
      reply: 'inventory.refused',
      data: { code: 'sold-out', text: 'Nothing left' },
    });
    expect(await read()).to.deep.include({
      status: 'failed',
      state: 'failed',
      reason: 'inventory.refused',
      reasonText: 'Nothing left',
    });
    expect(Date.parse(String((await read()).endedAt))).to.be.closeTo(Date.now(), 60_000);
  });

  it('is cancelled once by its customer, who can read the action’s outcome', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
    const first = await cancel(id);
    expect(first.status).to.equal(202);
    expect((await cancel(id)).body.actionId).to.equal(first.body.actionId);
    await taken(id);
    const path = String(first.headers.get('location'));
    const own = await api.request(path, { as: 'customer', subject: 'alice' });
    expect(own.body).to.include({ state: 'applied', action: 'cancel', revision: null });
    expect((await api.request(path, { as: 'customer', subject: 'bob' })).status).to.equal(404);
    const { body } = await api.request(`/v1/orders/${id}`, { as: 'customer', subject: 'alice' });
    expect(body).to.include({ status: 'compensating', reason: 'cancelled' });
  });

  it('is cancelled before it has started: one engine applies that at once, another receives the start', async () => {
    const id = await api.placed();
    const { status, headers } = await cancel(id, 'shop', 'service');
    expect(status).to.equal(202);
    await taken(id);
    const read = async () => (await api.request(String(headers.get('location')), { subject: 'shop' })).body;
    expect(await read()).to.include({ state: 'applied' });
    const definitions = new Map(
      sagas()
        .map(register)
        .map((one) => [definitionKey(one.name, one.version), one]),
    );
    const created = () => api.published.filter(({ topic, key }) => topic === 'order-created' && key === id);
    const outcome = await engineOn(api.db, definitions).take(
      await waitUntil(created, (records) => records.length > 0),
    );
    expect(outcome).to.deep.include({ moves: [], unmatched: [], out: [] });
    const { body } = await api.request(`/v1/orders/${id}`, { as: 'customer', subject: 'alice' });
    expect(body).to.include({ status: 'compensating', reason: 'cancelled' });
  });

  it('cannot be cancelled once shipping is requested, or once it has ended', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED.slice(0, -1));
    expect((await cancel(id)).status).to.equal(409);
    await api.engine.happen(id, ...COMPLETED.slice(-1));
    const { status, body } = await cancel(id);
    expect(status).to.equal(409);
    expect(body.type).to.equal('urn:problem:order-saga:conflict');
  });

  it('hides other people’s actions: a service reads cancellations only', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
    const { headers } = await api.request(`/v1/sagas/${id}/actions`, {
      as: 'operator',
      body: { action: 'retry', reason: 'x' },
      headers: { 'if-match': '"2"' },
    });
    const path = String(headers.get('location'));
    expect((await api.request(path, { as: 'service' })).status).to.equal(404);
    expect((await api.request(path, { as: 'customer', subject: 'alice' })).status).to.equal(404);
    expect((await api.request(path, { as: 'viewer' })).status).to.equal(200);
  });
});
