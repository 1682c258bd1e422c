/** What people do to a batch, on the real stack: planned, carried out as planned or not at all; and its progress as live events. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { takingActions } from './testing/answering.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Body } from './testing/client.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';
import { openEvents, received } from './testing/event-client.ts';

const PAID = COMPLETED.slice(CHARGING.length);

describe('a batch', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({ worksBatches: true });
  });
  after(() => api?.close());

  /** A batch of sagas that wait for their charge. */
  async function created(count: number): Promise<{ id: string; sagaIds: string[] }> {
    const sagaIds: string[] = [];
    for (let i = 0; i < count; i++) {
      const id = await api.placed();
      await api.engine.happen(id, ...CHARGING);
      sagaIds.push(id);
    }
    const { status, body } = await api.request('/v1/batches', {
      as: 'operator',
      body: { action: 'retry', sagaIds, reason: 'the gateway is back' },
    });
    expect(status, JSON.stringify(body)).to.equal(202);
    return { id: String(body.batchId), sagaIds };
  }
  const batch = async (id: string) => (await api.request(`/v1/batches/${id}`, { as: 'viewer' })).body;
  const act = (id: string, action: string, body: Body = {}) =>
    api.request(`/v1/batches/${id}/actions`, {
      as: 'operator',
      body: { action, reason: 'seen to', ...body },
    });

  it('is paused, resumed and cancelled as planned, or not at all', async () => {
    const { id, sagaIds } = await created(3);
    // No engine takes the first one's action, so that the batch waits for it.
    await waitUntil(
      () => batch(id),
      ({ progress }) => (progress as Body).watched === 1,
    );
    const planOf = async (action: string) => {
      const { status, body } = await act(id, action, { dryRun: true });
      expect(status, JSON.stringify(body)).to.equal(200);
      return body;
    };
    const counts = { total: 3, waiting: 2, watched: 1, ended: 0 };
    const pausing = await planOf('pause');
    expect(pausing).to.include({
      ...counts,
      state: 'running',
      nextState: 'paused',
      changes: true,
      next: null,
    });
    const cancelling = await planOf('cancel');
    expect(cancelling.planHash).not.to.equal(pausing.planHash);
    expect(await batch(id), 'a plan changes nothing').to.include({ state: 'running' });

    const { planHash } = pausing;
    expect((await act(id, 'pause', { planHash })).body).to.include({ state: 'paused' });
    const repeated = await act(id, 'pause', { planHash });
    expect([repeated.status, repeated.body.state], 'a repeat').to.deep.equal([200, 'paused']);
    expect(await planOf('pause')).to.include({ changes: false });
    const late = await act(id, 'cancel', { planHash: cancelling.planHash });
    expect(late.status, 'it was running when its author read the plan').to.equal(412);
    expect(late.body.plan).to.include({ ...counts, state: 'paused', nextState: 'cancelled' });

    const resuming = await planOf('resume');
    expect(resuming).to.include({ ...counts, next: sagaIds[1] });
    const resumed = await act(id, 'resume', { planHash: resuming.planHash });
    expect(resumed.body, JSON.stringify(resumed.body)).to.include({ state: 'running' });
    await act(id, 'pause');
    const again = await act(id, 'resume', { planHash: resuming.planHash });
    expect(again.status, 'it was resumed and paused meanwhile').to.equal(412);
    const cancelled = await act(id, 'cancel', { planHash: (await planOf('cancel')).planHash });
    expect(cancelled.body).to.include({ state: 'cancelled' });
    expect(cancelled.body.progress).to.deep.equal({
      waiting: 0,
      watched: 0,
      outcomes: { acted: 1, cancelled: 2 },
    });
    expect((await act(id, 'resume', { dryRun: true })).status).to.equal(409);
    const { body: audit } = await api.request(`/v1/audit?batchId=${id}`, { as: 'viewer' });
    const entry = (audit.items as Body[]).find((one) => one.planHash === planHash);
    expect(entry).to.deep.include({ action: 'pause-batch', parameters: { waiting: 2, watched: 1 } });
    expect((await api.request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
  });

  it('is followed by events that miss nothing and repeat nothing, at any time', async () => {
    const { id, sagaIds } = await created(4);
    const path = `/v1/batches/${id}/events`;
    const client = await openEvents(api, path);
    const [first] = await received(client, 'progress', 1);
    expect(first).to.include({ batchId: id, total: 4, state: 'running' });
    await act(id, 'pause');
    await waitUntil(
      () => client.events.map(({ data }) => JSON.parse(data) as Body),
      (events) => events.at(-1)?.state === 'paused',
    );
    client.close();
    const lastEventId = client.lastId();

    const same = await openEvents(api, path, { lastEventId });
    await act(id, 'resume');
    const [next] = await received(same, 'progress', 1);
    expect(next, 'what it has received does not come again').to.include({ state: 'running' });
    const engine = takingActions(api, (saga) => (sagaIds.includes(saga) ? PAID : null));
    const states = await waitUntil(
      () => same.events.map(({ data }) => JSON.parse(data) as Body),
      (events) => events.at(-1)?.state === 'done',
    );
    await engine.close();
    expect(states.at(-1)).to.deep.equal(await batch(id));
    expect(new Set(same.events.map((event) => event.id)).size).to.equal(same.events.length);
    same.close();
    const late = await openEvents(api, path, { lastEventId });
    const [now] = await received(late, 'progress', 1);
    expect(now, 'the last of what it missed').to.deep.equal(states.at(-1));
    late.close();
  });

  it('is no batch, or the id is of no event of one', async () => {
    const unknown = '0199d3c4-0000-7000-8000-000000000000';
    expect((await openEvents(api, `/v1/batches/${unknown}/events`)).status).to.equal(404);
    const { id } = await created(1);
    expect((await openEvents(api, `/v1/batches/${id}/events`, { lastEventId: '17' })).status).to.equal(400);
    expect((await openEvents(api, `/v1/batches/${id}/events`, { as: 'service' })).status).to.equal(403);
    expect((await act(unknown, 'pause', { dryRun: true })).status).to.equal(404);
    expect((await act(id, 'pause', { planHash: 'short' })).status).to.equal(400);
    await act(id, 'cancel');
  });
});
