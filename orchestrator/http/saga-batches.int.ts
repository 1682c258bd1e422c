/** Many sagas at once, on real Kafka and PostgreSQL: planned, acted on in growing waves, each with its end. */
import { expect } from 'chai';
import type { Sent } from '#engine/saga.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { takingActions } from './testing/answering.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Answer, Body } from './testing/client.ts';
import { CHARGING, COMPLETED, type Happening } from './testing/engine.ts';

const DOWN = {
  to: 'payment.charge',
  reply: 'payment.parked',
  data: { code: 'gateway-down', text: 'the gateway is down' },
};
/** From the answered charge to the end. */
const PAID = COMPLETED.slice(CHARGING.length);
const refunded = (id: string): Happening[] => [
  {
    to: 'payment.refund',
    reply: 'payment.refunded',
    data: { found: { [`${id}/payment.charge`]: 'undone' } },
  },
  {
    to: 'inventory.release',
    reply: 'inventory.released',
    data: { found: { [`${id}/inventory.reserve`]: 'undone' } },
  },
];

interface Planned {
  readonly sagaId: string;
  readonly sends: ReadonlyArray<{ id: string; topic: string; data: unknown; again: boolean }>;
}
interface Item {
  readonly target: string;
  readonly outcome: string | null;
  readonly detail: string | null;
  readonly fingerprint?: string;
  readonly actionId?: string;
}

describe('batches of sagas', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({ worksBatches: true });
  });
  after(() => api?.close());

  let nth = 0;
  /** Sagas of a customer of their own, whose charge was parked. */
  async function stuck(count: number): Promise<{ ids: string[]; customerId: string }> {
    const customerId = `customer-${++nth}`;
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const id = await api.placed({ customerId });
      await api.engine.happen(id, ...CHARGING, DOWN);
      ids.push(id);
    }
    return { ids, customerId };
  }
  const request = (body: Body, headers: Record<string, string> = {}): Promise<Answer> =>
    api.request('/v1/batches', {
      as: 'operator',
      body: { reason: 'the gateway is back', ...body },
      headers,
    });
  const planned = async (body: Body): Promise<Body> => {
    const { status, body: plan } = await request({ ...body, dryRun: true });
    expect(status, JSON.stringify(plan)).to.equal(200);
    return plan;
  };
  const created = async (body: Body, headers: Record<string, string> = {}): Promise<string> => {
    const { status, body: made } = await request(body, headers);
    expect(status, JSON.stringify(made)).to.equal(202);
    return String(made.batchId);
  };
  const batch = async (id: string) => (await api.request(`/v1/batches/${id}`, { as: 'viewer' })).body;
  const until = (id: string, ...states: string[]) =>
    waitUntil(
      () => batch(id),
      ({ state }) => states.includes(String(state)),
    );
  const itemsOf = async (id: string) =>
    (await api.request(`/v1/batches/${id}/items?limit=200`, { as: 'viewer' })).body.items as Item[];
  const actOn = (id: string, action: string) =>
    api.request(`/v1/batches/${id}/actions`, { as: 'operator', body: { action, reason: 'seen to' } });
  /** The ids of what an action sent, as the journal of its saga has it. */
  async function sentBy(sagaId: string, actionId: string | undefined): Promise<string[]> {
    const [entry] = await api.db.query<{ out: Sent[]; resent: string[] | null }>(
      `SELECT out, change -> 'resent' AS resent FROM orchestrator.journal WHERE saga_id = $1::uuid AND message_id = $2`,
      sagaId,
      `${sagaId}/action/${actionId}`,
    );
    return [...(entry?.out ?? []).map(({ event }) => event.id), ...(entry?.resent ?? [])];
  }

  it('are planned message by message, and send exactly that, once under a key', async () => {
    const { ids, customerId } = await stuck(4);
    const completed = await api.placed({ customerId });
    await api.engine.happen(completed, ...COMPLETED);
    const filter = { customerId };
    const plan = await planned({ action: 'retry', filter });
    expect(plan).to.include({ sagas: 4, messages: 4, isComplete: true, perSecond: 20, nextFrom: null });
    expect(plan.sagaIds).to.deep.equal(ids);
    expect(plan.impossible).to.deep.equal([{ why: 'nothing is awaited', sagas: 1, examples: [completed] }]);
    expect(plan.totals).to.deep.equal([
      { kind: 'money', effect: 'charged', of: 'EUR', quantity: 4 * 4_990, text: 'EUR 199.60' },
    ]);
    const listed = plan.listed as Planned[];
    expect(listed[0]?.sends[0]).to.deep.include({
      id: `${ids[0]}/payment.charge`,
      topic: 'payment-requested',
      again: true,
    });
    expect(listed[0]?.sends[0]?.data).to.include({ amount: 4_990, method: 'pm_card_visa' });

    const engine = takingActions(api, (id) => (ids.includes(id) ? PAID : null));
    const apply = { action: 'retry', sagaIds: plan.sagaIds, planHash: plan.planHash };
    const [one, other] = await Promise.all([1, 2].map(() => created(apply, { 'idempotency-key': 'k1' })));
    expect(one).to.equal(other);
    const done = await until(one ?? '', 'done');
    await engine.close();
    expect(done.progress).to.deep.equal({ waiting: 0, watched: 0, outcomes: { completed: 4 } });
    const items = await itemsOf(one ?? '');
    expect(items.map(({ target }) => target)).to.deep.equal(ids);
    for (const { target, actionId } of items)
      expect(await sentBy(target, actionId)).to.deep.equal(
        listed.find(({ sagaId }) => sagaId === target)?.sends.map(({ id }) => id),
      );
    expect(await created(apply, { 'idempotency-key': 'k1' }), 'long afterwards').to.equal(one);
    expect((await request({ ...apply, action: 'pause' }, { 'idempotency-key': 'k1' })).status).to.equal(422);
    expect((await api.request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
    const { body: audit } = await api.request(`/v1/audit?sagaId=${ids[0]}`, { as: 'viewer' });
    expect((audit.items as Body[])[0]).to.deep.include({
      action: 'retry',
      actor: 'some-operator',
      reason: 'the gateway is back',
      batchId: one,
    });
  });

  it('are answered with the new plan where it is another one by now', async () => {
    const { ids, customerId } = await stuck(2);
    const plan = await planned({ action: 'compensate', filter: { customerId } });
    await api.engine.happen(ids[0] ?? '', ...PAID);
    const { status, body } = await request({
      action: 'compensate',
      sagaIds: ids,
      planHash: plan.planHash,
    });
    expect(status).to.equal(412);
    expect(body.plan).to.include({ sagas: 1 });
    const { body: other } = await request({
      action: 'compensate',
      sagaIds: ids,
      reason: 'another one, which the messages quote',
      dryRun: true,
    });
    expect(other.planHash).not.to.equal((body.plan as Body).planHash);
    const none = await request({ action: 'resume', sagaIds: ids });
    expect([none.status, none.body.detail]).to.deep.equal([
      409,
      'On none of the sagas that match it is possible: it is not paused (2 of them)',
    ]);
  });

  it('stop after the first saga that fails again, say why, and begin with one again when they are resumed', async () => {
    const { ids, customerId } = await stuck(8);
    let isDown = true;
    const answer = () => (isDown ? [{ ...DOWN, nth: 2 }] : PAID);
    const engine = takingActions(api, (saga) => (ids.includes(saga) ? answer() : null));
    const id = await created({ action: 'retry', filter: { customerId } });
    const stopped = await until(id, 'stopped');
    expect(stopped.progress).to.deep.equal({ waiting: 7, watched: 0, outcomes: { 'failed-again': 1 } });
    const [first] = await itemsOf(id);
    expect(first).to.deep.include({ target: ids[0], outcome: 'failed-again' });
    expect(first?.detail).to.match(/^parked: .*the gateway is down$/);
    expect(stopped.stopped).to.include({
      wave: 1,
      failed: 1,
      of: 1,
      example: ids[0],
      fingerprint: first?.fingerprint,
      text: `Wave 1: 1 of 1 failed again, 1 with ${first?.fingerprint}; for example ${ids[0]}`,
    });
    const { body: found } = await api.request(
      `/v1/sagas?fingerprint=${first?.fingerprint}&customerId=${customerId}`,
      {
        as: 'viewer',
      },
    );
    expect(found.items as Body[]).to.have.length(8);
    expect((await actOn(id, 'pause')).status).to.equal(409);

    isDown = false;
    expect((await actOn(id, 'resume')).status).to.equal(200);
    const done = await until(id, 'done', 'stopped');
    await engine.close();
    expect(done).to.include({ state: 'done' });
    expect((done.progress as Body).outcomes).to.deep.equal({ 'failed-again': 1, completed: 7 });
    const sizes = await api.db.query<{ size: number }>(
      `SELECT count(*)::int AS size FROM orchestrator.batch_items WHERE batch_id = $1::uuid GROUP BY wave ORDER BY wave`,
      id,
    );
    expect(sizes.map(({ size }) => size)).to.deep.equal([1, 1, 2, 4]);
    const { body: audit } = await api.request('/v1/audit', { as: 'viewer' });
    const acts = (audit.items as Body[]).filter(({ batchId, sagaId }) => batchId === id && sagaId === null);
    expect(acts.map(({ action, reason }) => [action, reason])).to.deep.equal([
      ['resume-batch', 'seen to'],
      ['retry-sagas', 'the gateway is back'],
    ]);
  });

  it('end a saga that moved after the plan as plan-changed, and send it nothing', async () => {
    const { ids, customerId } = await stuck(4);
    const id = await created({ action: 'compensate', filter: { customerId } });
    // The first one waits for its engine, and holds back the others.
    await waitUntil(
      () => itemsOf(id),
      (items) => items[0]?.actionId !== undefined,
    );
    await api.engine.happen(ids[1] ?? '', ...PAID.slice(0, 1));
    await api.engine.happen(ids[2] ?? '', ...PAID);
    const engine = takingActions(api, (saga) => (ids.includes(saga) ? refunded(saga) : null));
    const done = await until(id, 'done');
    await engine.close();
    expect((done.progress as Body).outcomes).to.deep.equal({
      compensated: 2,
      'plan-changed': 1,
      'ended-before': 1,
    });
    const item = (await itemsOf(id))[1];
    expect(item?.detail).to.match(/^the saga moved on: .*; it is running, in confirmingInventory$/);
    expect(item?.actionId).to.be.a('string');
    for (const moved of [1, 2])
      expect(await sentBy(ids[moved] ?? '', (await itemsOf(id))[moved]?.actionId)).to.deep.equal([]);
    const { body } = await api.request(`/v1/batches/${id}/export`, { as: 'viewer' });
    expect((body.items as Item[]).map(({ outcome }) => outcome)).to.deep.equal([
      'compensated',
      'plan-changed',
      'ended-before',
      'compensated',
    ]);
  });

  it('take the oldest under a limit, list by pages, and need not wait for an end where there is none', async () => {
    const { ids, customerId } = await stuck(3);
    const plan = await planned({ action: 'pause', filter: { customerId }, limit: 2, from: 2 });
    expect(plan).to.include({ sagas: 2, messages: 0, isComplete: false });
    expect((plan.listed as Planned[]).map(({ sagaId }) => sagaId)).to.deep.equal([ids[1]]);
    const engine = takingActions(api, (saga) => (ids.includes(saga) ? [] : null));
    const id = await created({ action: 'pause', filter: { customerId }, limit: 2 });
    const done = await until(id, 'done');
    await engine.close();
    expect((done.progress as Body).outcomes).to.deep.equal({ applied: 2 });
  });

  it('are for operators, and name what is wrong with a request', async () => {
    const body = { action: 'retry', filter: {}, reason: 'why' };
    for (const as of ['viewer', 'service'] as const)
      expect((await api.request('/v1/batches', { as, body })).status, as).to.equal(403);
    const bad = async (change: Body) => {
      const answer = await request(change);
      expect(answer.status).to.equal(400);
      return answer.body.detail;
    };
    expect(await bad({ action: 'retry' })).to.include('give either filter or sagaIds');
    expect(await bad({ action: 'retry', sagaIds: ['x'] })).to.include('must be the id of a saga');
    expect(await bad({ action: 'retry', filter: { nonsense: 1 } })).to.include('"nonsense" is unknown here');
    expect(await bad({ action: 'skip', filter: {} })).to.include('evidence');
    expect(await bad({ action: 'edit', filter: {}, input: {} })).to.include('action');
    const none = await request({ action: 'retry', filter: { customerId: 'nobody' } });
    expect([none.status, none.body.detail]).to.deep.equal([409, 'No saga matches']);
  });
});
