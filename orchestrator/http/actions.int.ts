/** People's actions on the real stack: fenced by the revision, stored once under a key, and handled by the engine. */
import { expect } from 'chai';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { sweepStore } from '../store/sweep-store.ts';
import { actingAt } from './testing/acting.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { COMPLETED } from './testing/engine.ts';

describe('an action', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());
  const { charging, etagOf, act, actionsOf, taken, stateOf } = actingAt(() => api);

  it('is refused without If-Match (428) and with a stale one (412), whose answer holds the current ETag', async () => {
    const id = await charging();
    expect((await act(id, { action: 'compensate' })).status).to.equal(428);
    const stale = await act(id, { action: 'compensate' }, { 'if-match': '"1"' });
    expect(stale.status).to.equal(412);
    expect(stale.headers.get('etag')).to.equal(await etagOf(id));
    expect(await actionsOf(id)).to.deep.equal([]);
  });

  it('waits until the engine applies it, and leaves actor and reason in the history', async () => {
    const id = await charging();
    const answer = await act(
      id,
      { action: 'compensate', reason: 'wrong price' },
      { 'if-match': await etagOf(id) },
    );
    expect(answer.body).to.include({ state: 'waiting' });
    expect(await stateOf(answer)).to.include({
      state: 'waiting',
      actor: 'some-operator',
      reason: 'wrong price',
    });
    await taken(id);
    const applied = await stateOf(answer);
    expect(applied).to.include({ state: 'applied' });
    expect(applied.detail).to.include(`${id}/payment.refund`);
    const { body } = await api.request(`/v1/sagas/${id}/history`, { as: 'viewer' });
    const entry = (body.events as Array<Record<string, unknown>>).find(
      ({ action }) => action === 'compensate',
    );
    expect(entry).to.include({ actor: 'some-operator', reason: 'wrong price', from: 'chargingPayment' });
  });

  it('is refused for good when the saga moves before the engine handles it', async () => {
    const id = await charging();
    const answer = await act(id, { action: 'compensate' }, { 'if-match': await etagOf(id) });
    const charged = { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' };
    await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.charged', data: charged });
    await taken(id);
    expect(await stateOf(answer)).to.include({ state: 'refused' });
    const { body } = await api.request(`/v1/sagas/${id}/history`, { as: 'viewer' });
    const refused = (body.events as Array<Record<string, unknown>>).filter(({ kind }) => kind === 'action');
    expect(refused).to.have.length(1);
    expect(refused[0]).to.include({ state: 'refused', actor: 'some-operator' });
  });

  it('is a conflict on an ended saga', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED);
    const answer = await act(id, { action: 'compensate' }, { 'if-match': await etagOf(id) });
    expect(answer.status).to.equal(409);
    const dry = await act(id, { action: 'compensate', dryRun: true });
    expect(dry.body).to.include({ outcome: 'refused' });
    expect(dry.body.detail).to.be.a('string').that.includes('completed');
    expect(await actionsOf(id)).to.deep.equal([]);
  });

  it('happens once under one key, even after the saga moved, and another action under that key is refused', async () => {
    const id = await charging();
    const headers = { 'if-match': await etagOf(id), 'idempotency-key': 'once' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => act(id, { action: 'compensate' }, headers)),
    );
    expect(new Set(answers.map(({ body }) => body.actionId))).to.have.property('size', 1);
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([202]));
    await taken(id);
    const again = await act(id, { action: 'compensate' }, headers);
    expect(again.body).to.include({ actionId: answers[0]?.body.actionId, state: 'applied' });
    expect((await act(id, { action: 'retry' }, headers)).status).to.equal(422);
    expect(await actionsOf(id)).to.have.length(1);
  });

  it('is published by the sweeper if the API crashes before it publishes', async () => {
    const id = await charging();
    const answer = await act(id, { action: 'retry' }, { 'if-match': await etagOf(id) });
    const soon = new Date(Date.now() + 3_000);
    const claimed = await sweepStore(api.db).claimActions(soon, new Date(soon.getTime() + 1_000), 100);
    const mine = claimed.filter(({ sagaId }) => sagaId === id);
    expect(mine).to.have.length(1);
    const sent = await waitUntil(
      () => api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id),
      (records) => records.length === 1,
    );
    expect(mine[0]?.message.value).to.equal(sent[0]?.value?.toString());
    expect(String(mine[0]?.message.value)).to.include(String(answer.body.actionId));
  });
});
