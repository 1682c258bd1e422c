/** Pauses, resolved incidents, skips and edits, on sagas that people have to help. */
import { expect } from 'chai';
import { engineStore } from '../store/engine-store.ts';
import { actingAt } from './testing/acting.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { COMPLETED } from './testing/engine.ts';

describe('an action on a saga whose step does not answer', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());
  const { charging, etagOf, act, taken, stateOf } = actingAt(() => api);

  /** An order whose shipping was requested and does not answer. */
  const shipping = async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED.slice(0, -1));
    return id;
  };
  const acted = async (id: string, body: object, count = 1) => {
    const answer = await act(id, body, { 'if-match': await etagOf(id) });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(202);
    await taken(id, count);
    return answer;
  };
  const saga = async (id: string, as: 'viewer' | 'operator' = 'viewer') =>
    (await api.request(`/v1/sagas/${id}`, { as })).body;
  const history = async (id: string) =>
    (await api.request(`/v1/sagas/${id}/history`, { as: 'viewer' })).body.events as Array<{
      change: Record<string, unknown>;
    }>;

  it('pauses: the saga handles messages but holds its own, and resume sends them', async () => {
    const id = await charging();
    const dry = await act(id, { action: 'pause', dryRun: true });
    expect(dry.body).to.deep.include({ outcome: 'applies', sends: [], holds: [] });
    await acted(id, { action: 'pause' });
    const charged = { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' };
    await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.charged', data: charged });
    const confirm = `${id}/inventory.confirm`;
    expect(await saga(id)).to.deep.include({
      paused: true,
      state: 'confirmingInventory',
      holds: [confirm],
    });
    expect((await act(id, { action: 'retry' }, { 'if-match': await etagOf(id) })).status).to.equal(409);
    const plan = await act(id, { action: 'resume', dryRun: true });
    expect((plan.body.sends as Array<{ id: string }>).map((sent) => sent.id)).to.deep.equal([confirm]);
    const resumed = await acted(id, { action: 'resume' }, 2);
    expect(await stateOf(resumed)).to.include({ state: 'applied', detail: confirm });
    expect(await saga(id)).to.deep.include({ paused: false, holds: [] });
    const pauses = (await history(id)).flatMap(({ change }) => change?.paused ?? []);
    expect(pauses).to.deep.equal([true, false]);
  });

  it('resolves the incident of an ended saga: planned, with a reason, in the audit', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED);
    await engineStore(api.db).raiseIncident(id, { code: 'parked', text: 'x', at: null }, new Date());
    const stuck = async () => {
      const { body } = await api.request('/v1/sagas?stuck=true&limit=100', { as: 'viewer' });
      return (body.items as Array<{ sagaId: string }>).some(({ sagaId }) => sagaId === id);
    };
    expect(await stuck()).to.equal(true);
    const dry = await act(id, { action: 'resolve', dryRun: true });
    expect(dry.body).to.deep.include({ outcome: 'applies', status: 'completed', sends: [] });
    const resolved = await acted(id, { action: 'resolve', reason: 'sent by hand' });
    expect(await stateOf(resolved)).to.include({ state: 'applied' });
    expect(await saga(id)).to.include({ stuck: false, incident: null, status: 'completed' });
    expect(await stuck()).to.equal(false);
    const audit = await api.request(`/v1/audit?sagaId=${id}`, { as: 'viewer' });
    expect((audit.body.items as object[])[0]).to.include({ action: 'resolve', reason: 'sent by hand' });
    const again = await act(id, { action: 'resolve' }, { 'if-match': await etagOf(id) });
    expect(again.status).to.equal(409);
  });

  it('skips on evidence: a revoke first, and its answer decides', async () => {
    const id = await shipping();
    const body = { action: 'skip', evidence: 'receipt 7', result: { shipmentId: 'by-hand' } };
    const plan = await act(id, { ...body, dryRun: true });
    expect((plan.body.sends as Array<{ id: string }>).map((sent) => sent.id)).to.deep.equal([
      `${id}/shipping.revoke`,
    ]);
    const actionId = await acted(id, body);
    expect(await stateOf(actionId)).to.include({ state: 'waiting' });
    await api.engine.happen(id, {
      to: 'shipping.revoke',
      reply: 'shipping.revoked',
      data: { found: { [`${id}/shipping.prepare`]: 'not-executed' } },
    });
    expect(await stateOf(actionId)).to.include({ state: 'applied' });
    const done = await saga(id);
    expect(done).to.deep.include({
      status: 'completed',
      skipped: { [`${id}/shipping.prepare`]: 'receipt 7' },
    });
    expect((await act(id, { ...body, evidence: '' })).status).to.equal(400);
  });

  it('edits an address: the step is issued again with it, and only operators see it', async () => {
    const id = await shipping();
    const shippingAddress = { country: 'FR', line1: 'Rue Neuve 1' };
    const actionId = await acted(id, { action: 'edit', input: { shippingAddress } });
    await api.engine.happen(id, {
      to: 'shipping.revoke',
      reply: 'shipping.revoked',
      data: { found: { [`${id}/shipping.prepare`]: 'not-executed' } },
    });
    expect(await stateOf(actionId)).to.include({ state: 'applied', detail: `${id}/shipping.prepare#2` });
    const { body } = await act(id, { action: 'retry', dryRun: true });
    const [sent] = body.sends as Array<{ data: Record<string, unknown> }>;
    expect(sent?.data).to.deep.include({ address: shippingAddress });
    expect((await saga(id, 'operator')).order).to.deep.include({ shippingAddress });
    expect(await saga(id)).to.deep.include({ edited: ['shippingAddress'] });
    const audit = await api.request(`/v1/audit?sagaId=${id}`, { as: 'viewer' });
    for (const seen of [await saga(id), await history(id), audit.body])
      expect(JSON.stringify(seen)).not.to.include('Rue Neuve');
    expect(
      (await act(id, { action: 'edit', input: { amount: 1 } }, { 'if-match': await etagOf(id) })).status,
    ).to.equal(409);
  });
});
