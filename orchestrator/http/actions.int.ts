/** People's actions on the real stack: previewed, fenced by the revision, audited in a chain, and handled by the engine. */

import { expect } from 'chai';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { actionStore } from '../store/action-store.ts';
import { brokenLink } from '../store/audit-chain.ts';
import { engineStore } from '../store/engine-store.ts';
import { sweepStore } from '../store/sweep-store.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Answer } from './testing/client.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

describe('an action', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  const charging = async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
    return id;
  };
  const etagOf = async (id: string) =>
    (await api.request(`/v1/sagas/${id}`, { as: 'viewer' })).headers.get('etag') ?? '';
  const act = (id: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
    api.request(`/v1/sagas/${id}/actions`, { as: 'operator', body: { reason: 'because', ...body }, headers });
  const actionsOf = (id: string) => actionStore(api.db, openPrisma(api.db)).ofSaga(id, 100);
  /** Waits for the published message of a saga, and has the engine handle it. */
  const taken = async (id: string, count = 1) => {
    const control = () => api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);
    await api.engine.take(await waitUntil(control, (records) => records.length >= count));
  };
  const stateOf = async (answer: Answer) => {
    const { body } = await api.request(String(answer.headers.get('location')), { as: 'viewer' });
    return body;
  };

  it('is refused without If-Match (428) and with a stale one (412), whose answer holds the current ETag', async () => {
    const id = await charging();
    expect((await act(id, { action: 'compensate' })).status).to.equal(428);
    const stale = await act(id, { action: 'compensate' }, { 'if-match': '"1"' });
    expect(stale.status).to.equal(412);
    expect(stale.headers.get('etag')).to.equal(await etagOf(id));
    expect(await actionsOf(id)).to.deep.equal([]);
  });

  it('shows in a dry run exactly what it would send, and does nothing', async () => {
    const id = await charging();
    const all = `SELECT s.*, (SELECT count(*) FROM orchestrator.journal j WHERE j.saga_id = s.id) AS entries
                   FROM orchestrator.sagas s WHERE s.id = $1::uuid`;
    const before = await api.db.query(all, id);
    const { status, body } = await act(
      id,
      { action: 'compensate', dryRun: true },
      { 'if-match': await etagOf(id) },
    );
    expect(status).to.equal(200);
    expect(body).to.include({
      outcome: 'applies',
      state: 'compensating.refundingPayment',
      status: 'compensating',
    });
    const planned = body.sends as Array<{ id: string; topic: string; data: unknown }>;
    expect(await api.db.query(all, id)).to.deep.equal(before);
    expect(await actionsOf(id)).to.deep.equal([]);

    const applied = await act(id, { action: 'compensate' }, { 'if-match': await etagOf(id) });
    expect(applied.status).to.equal(202);
    await taken(id);
    const { body: after } = await api.request(`/v1/sagas/${id}/history`, { as: 'viewer' });
    const last = (after.events as Array<{ sent: Array<{ id: string; topic: string }> }>).at(-1);
    expect(planned.map(({ id: sent, topic }) => ({ id: sent, topic }))).to.deep.equal(
      last?.sent.map(({ id: sent, topic }) => ({ id: sent, topic })),
    );
    expect(planned.at(-1)?.data).to.deep.equal({ undoes: [`${id}/payment.charge`] });
  });

  it('shows in a dry run that it would start the saga, or why the engine would refuse it', async () => {
    const dry = async (id: string, action: string) => (await act(id, { action, dryRun: true })).body;
    const unstarted = await dry(await api.placed(), 'compensate');
    expect(unstarted).to.include({ outcome: 'applies' });
    expect((unstarted.sends as Array<{ type: string }>)[0]).to.include({ type: 'inventory.reserve' });
    expect(await dry(await charging(), 'resume')).to.deep.include({ outcome: 'refused', sends: [] });
  });

  it('shows a retry with the bytes of the first send', async () => {
    const id = await charging();
    const { body } = await act(id, { action: 'retry', dryRun: true });
    const [sent] = body.sends as Array<Record<string, unknown>>;
    expect(sent).to.deep.include({ id: `${id}/payment.charge`, topic: 'payment-requested', again: true });
    expect(sent?.data).to.include({ amount: 4_990, method: 'pm_card_visa' });
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

  it('keeps the audit in one chain when twenty arrive at once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, charging));
    const answers = await Promise.all(
      ids.map(async (id) =>
        act(id, { action: 'retry', reason: 'ü "quoted" \\ text' }, { 'if-match': await etagOf(id) }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([202]));
    const links = await actionStore(api.db, openPrisma(api.db)).chain(0, 1_000);
    expect(links.length).to.be.at.least(20);
    expect(brokenLink(links)).to.equal(null);
    const verify = async () => (await api.request('/v1/audit/verify', { as: 'viewer' })).body;
    expect(await verify()).to.deep.equal({ holds: true, entries: links.length, head: links.at(-1)?.hash });
    const { body: page } = await api.request('/v1/audit?limit=5', { as: 'viewer' });
    expect((page.items as Array<{ seq: number }>).map(({ seq }) => seq)).to.deep.equal(
      [0, 1, 2, 3, 4].map((i) => links.length - i),
    );
    const { body: rest } = await api.request(`/v1/audit?limit=1&cursor=${page.nextCursor}`, { as: 'viewer' });
    expect((rest.items as Array<{ seq: number }>)[0]?.seq).to.equal(links.length - 5);
    expect((await api.request('/v1/audit', { as: 'customer' })).status).to.equal(403);

    for (const change of [
      'DELETE FROM orchestrator.actions',
      'TRUNCATE orchestrator.actions',
      `UPDATE orchestrator.actions SET reason = 'tampered'`,
      `UPDATE orchestrator.actions SET params = '{"a":1}'`,
      `UPDATE orchestrator.actions SET hash = 'x'`,
      `UPDATE orchestrator.actions SET reason = 'erased', erased_by = id`,
      `UPDATE orchestrator.actions SET erased_by = gen_random_uuid()`,
    ]) {
      const refusal = await api.db.execute(change).then(
        () => 'done',
        (error: Error) => error.message,
      );
      expect(refusal, change).to.match(/append-only/);
    }

    await api.db.execute('ALTER TABLE orchestrator.actions DISABLE TRIGGER USER');
    await api.db.execute(
      `UPDATE orchestrator.actions SET reason = 'tampered' WHERE seq = $1`,
      links.length - 5,
    );
    expect(await verify()).to.include({
      holds: false,
      broken: `action ${links.length - 5} has been changed`,
    });
    expect(brokenLink(await actionStore(api.db, openPrisma(api.db)).chain(0, 1_000))).to.equal(
      `action ${links.length - 5} has been changed`,
    );
  });

  describe('on a saga whose step does not answer', () => {
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
});
