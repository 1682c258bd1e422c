/** Sagas of any definition started over HTTP: their input checked by the definition, listed and shown by its columns. */
import { expect } from 'chai';
import * as z from 'zod';
import { orderSaga } from '../sagas/order/index.ts';
import { orderInput } from '../sagas/order/input.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { ORDER } from './testing/client.ts';

/** An order with a note, whose lists have no columns. */
const gift = () => ({
  ...orderSaga(),
  name: 'gift',
  input: z.strictObject({ ...orderInput.shape, note: z.string() }),
  listed: z.object({}),
  shown: z.object({ customerId: z.string(), amount: z.int() }),
});
const INPUT = { ...ORDER, customerId: 'ann', note: 'private' };

describe('a saga of any definition', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({ define: () => [orderSaga(), gift()] });
  });
  after(() => api?.close());
  const start = (name: string, body: Record<string, unknown>, key?: string) =>
    api.request(`/v1/definitions/${name}/sagas`, {
      body,
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });

  it('starts once per key, durably', async () => {
    const first = await start('gift', INPUT, 'once');
    const id = String(first.body.sagaId);
    const self = `/v1/sagas/${id}`;
    expect([first.status, first.body]).to.deep.equal([
      202,
      { sagaId: id, status: 'running', links: { self } },
    ]);
    expect(first.headers.get('location')).to.equal(self);
    expect((await start('gift', INPUT, 'once')).body).to.deep.equal(first.body);
    expect((await start('gift', { ...INPUT, note: 'another' }, 'once')).status).to.equal(422);
    const text = 'SELECT definition, input FROM orchestrator.sagas WHERE id = $1::uuid';
    expect(await api.db.query(text, id)).to.deep.equal([{ definition: 'gift', input: INPUT }]);
  });

  it('shows viewers the fields of its definition, operators all, and customers no order', async () => {
    const { body } = await start('gift', INPUT);
    const read = async (as: 'viewer' | 'operator') =>
      (await api.request(`/v1/sagas/${body.sagaId}`, { as })).body.order;
    expect(await read('viewer')).to.deep.equal({ customerId: 'ann', amount: ORDER.amount });
    expect(await read('operator')).to.deep.equal(INPUT);
    expect((await api.request(`/v1/orders/${body.sagaId}`)).status).to.equal(404);
    const { items } = (await api.request('/v1/sagas?customerId=ann&limit=1', { as: 'viewer' })).body as {
      items: object[];
    };
    expect(items[0]).to.include({ definition: 'gift', amount: null, currency: null });
  });

  it('starts an order as POST /v1/orders does', async () => {
    const { status, body } = await start('order', ORDER);
    expect(status).to.equal(202);
    expect((await api.request(`/v1/orders/${body.sagaId}`)).body).to.include({
      amount: 4_990,
      currency: 'EUR',
    });
  });

  it('is refused with another input, of an unknown definition, and for other roles', async () => {
    expect((await start('gift', { ...INPUT, note: 1 })).body).to.deep.include({
      status: 400,
      errors: [{ pointer: '/note', detail: 'Invalid input: expected string, received number' }],
    });
    expect((await start('nonsense', INPUT)).status).to.equal(404);
    const { status } = await api.request('/v1/definitions/gift/sagas', { as: 'operator', body: INPUT });
    expect(status).to.equal(403);
  });
});
