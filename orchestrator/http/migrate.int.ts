/** Migrate over HTTP, on real PostgreSQL and Kafka: previewed, refused with a reason, applied by the engine. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { nextSagas } from '../sagas/order/testing/next.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

describe('a migration', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({ define: nextSagas });
    // The version at set-up is the newest: orders begin under the older one here.
    await api.db.execute(`UPDATE orchestrator.activations SET version = 1`);
  });
  after(() => api?.close());

  const ask = async (id: string, body: object) => {
    const { headers } = await api.request(`/v1/sagas/${id}`, { as: 'operator' });
    return api.request(`/v1/sagas/${id}/actions`, {
      as: 'operator',
      body: { action: 'migrate', reason: 'a test', toVersion: 2, ...body },
      headers: { 'if-match': headers.get('etag') ?? '' },
    });
  };
  const saga = async (id: string) => (await api.request(`/v1/sagas/${id}`, { as: 'operator' })).body;

  it('shows its effect, is applied, and the saga goes on by the newer rules', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
    const plan = await ask(id, { dryRun: true });
    expect(plan.status).to.equal(200);
    expect(plan.body).to.include({ outcome: 'applies', state: 'chargingPayment' });
    expect(plan.body.sends).to.deep.equal([]);
    const { status, body } = await ask(id, {});
    expect(status).to.equal(202);
    const published = () => api.published.filter(({ key, topic }) => key === id && topic === 'saga-control');
    await api.engine.take(await waitUntil(published, ({ length }) => length > 0));
    const action = await api.request(`/v1/actions/${body.actionId}`, { as: 'operator' });
    expect(action.body).to.include({ state: 'applied' });
    expect(await saga(id)).to.include({ definitionVersion: 2, state: 'chargingPayment' });
    await api.engine.happen(id, ...COMPLETED.slice(2, 3));
    expect(await saga(id)).to.include({ state: 'confirmingStock' });
  });

  it('is refused where the newer version lacks the state, and for an unknown version', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED.slice(0, 3));
    const { status, body } = await ask(id, {});
    expect([status, body.detail]).to.deep.equal([
      409,
      'Not possible: order v2 has no state confirmingInventory',
    ]);
    expect((await ask(id, { toVersion: 7 })).body.detail).to.equal(
      'Not possible: this build does not know order v7',
    );
    expect((await ask(id, { toVersion: 0 })).status).to.equal(400);
  });
});
