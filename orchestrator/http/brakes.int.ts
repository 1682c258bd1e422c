/** Brakes over HTTP, on real PostgreSQL and Kafka: set, heeded by an engine and by intake, released at a rate. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { runSaga } from '#orchestrator/cli/testing/terminal.ts';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { brakeStore, INTAKE } from '../store/brake-store.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { type Body, ORDER } from './testing/client.ts';
import { CHARGING } from './testing/engine.ts';

const CHARGE = 'payment.charge';

describe('a brake', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startTestApi();
  });
  afterEach(() => api.close());

  const setBrake = (body: Body, headers = {}) =>
    api.request('/v1/brakes', { as: 'operator', body: { reason: 'the gateway is down', ...body }, headers });
  const release = (id: string, body: Body, headers = {}) =>
    api.request(`/v1/brakes/${id}/release`, {
      ...{ as: 'operator' as const, headers },
      body: { reason: 'the gateway is back', ...body },
    });
  const held = async (holds: string): Promise<string> => {
    const { status, body } = await setBrake({ holds });
    expect(status, JSON.stringify(body)).to.equal(201);
    await api.inForce.read();
    return String(body.brakeId);
  };
  const saga = async (id: string) => (await api.request(`/v1/sagas/${id}`, { as: 'viewer' })).body;
  /** Has these resumes taken, as an engine does. */
  const take = async (resumes: ReadonlyArray<{ readonly id: string; readonly sagaId: string }>) => {
    const [actions, sagas] = [resumes.map(({ id }) => id), resumes.map(({ sagaId }) => sagaId)];
    await api.db.execute(
      `UPDATE orchestrator.actions SET state = 'applied', ended_at = now(), due_at = NULL WHERE id = ANY ($1::uuid[])`,
      actions,
    );
    await api.db.execute('UPDATE orchestrator.sagas SET paused = false WHERE id = ANY ($1::uuid[])', sagas);
    return sagas;
  };
  /** The published actions on these sagas, once there are so many. */
  const actionsOn = (ids: readonly string[], count: number) =>
    waitUntil(
      async () =>
        api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && ids.includes(String(key))),
      (found) => found.length >= count,
    );

  it('holds one command of all sagas, says how much, and lets go of them when it is released', async () => {
    const before = await api.placed();
    await api.engine.happen(before, ...CHARGING);
    const orders = [await api.placed(), await api.placed({ amount: 100, currency: 'CHF' })];
    for (const id of orders) await api.engine.happen(id, 'order.created');

    const plan = await setBrake({ holds: CHARGE, dryRun: true });
    expect(plan.body).to.deep.include({
      ...{ dryRun: true, holds: CHARGE, inForce: false, countsWithinMs: 2_000 },
    });
    expect(plan.body.ahead).to.deep.include({
      sagas: 2,
      isPartial: false,
      money: [
        { currency: 'CHF', amount: 100 },
        { currency: 'EUR', amount: 4_990 },
      ],
    });
    const id = await held(CHARGE);
    for (const order of orders) await api.engine.happen(order, ...CHARGING.slice(1));
    for (const order of orders)
      expect(await saga(order)).to.deep.include({
        paused: true,
        brake: { brakeId: id, command: CHARGE },
        holds: [`${order}/${CHARGE}`],
      });
    expect(await saga(before)).to.deep.include({ paused: false });

    const planned = await release(id, { perSecond: 50, dryRun: true });
    // The three orders of this test alone began in the last minute.
    expect(planned.body).to.deep.include({ perSecond: 50, newPerSecond: 3 / 60, takesSeconds: 1 });
    expect(planned.body.held).to.deep.include({ sagas: 2 });
    const key = { 'idempotency-key': 'release-once' };
    const released = await release(id, { perSecond: 50 }, key);
    expect(released.status).to.equal(202);
    expect(released.body).to.include({ state: 'releasing', perSecond: 50, releasedBy: 'some-operator' });
    expect((await release(id, { perSecond: 50 }, key)).status, 'the same again').to.equal(202);
    expect((await release(id, { perSecond: 50 })).status, 'another').to.equal(409);

    const actions = await actionsOn(orders, 2);
    const { out } = await api.engine.take(actions);
    expect(out.map(({ key, topic }) => `${key} ${topic}`).sort()).to.deep.equal(
      orders.map((order) => `${order} payment-requested`).sort(),
    );
    const now = await api.request(`/v1/brakes/${id}`, { as: 'viewer' });
    expect(now.body.resumed).to.equal(2);
    expect(now.body.held).to.deep.include({ sagas: 0, money: [] });
    const audit = await api.request('/v1/audit?limit=10', { as: 'viewer' });
    expect((audit.body.items as Body[]).map(({ action }) => action).sort()).to.deep.equal([
      'brake',
      'release-brake',
      'resume',
      'resume',
    ]);
    expect((await api.request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
  });

  it('on intake refuses new orders, whose 503 says when to try again, and touches no accepted one', async () => {
    const accepted = await api.placed();
    const id = await held(INTAKE);
    const refused = await api.request('/v1/orders', { body: ORDER });
    expect(refused.status).to.equal(503);
    expect(refused.body).to.include({ type: 'urn:problem:order-saga:unavailable' });
    expect(refused.headers.get('retry-after')).to.equal('30');
    await api.engine.happen(accepted, ...CHARGING);
    expect(await saga(accepted)).to.include({ state: 'chargingPayment', paused: false });
    expect((await release(id, { perSecond: 1 })).status).to.equal(202);
    await api.inForce.read();
    await api.placed();
  });

  it('is set once for each thing, by operators, and for what there is alone', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await setBrake({ holds: CHARGE }, key);
    expect((await setBrake({ holds: CHARGE }, key)).body).to.deep.equal(first.body);
    expect((await setBrake({ holds: INTAKE }, key)).status).to.equal(422);
    expect((await setBrake({ holds: CHARGE })).status).to.equal(409);
    const unknown = await setBrake({ holds: 'payment.chrage' });
    expect(unknown.status).to.equal(400);
    expect(unknown.body.detail).to.match(/"payment.chrage".*intake.*payment\.charge/);
    const viewer = await api.request('/v1/brakes', { as: 'viewer', body: { holds: INTAKE, reason: 'x' } });
    expect(viewer.status).to.equal(403);
    expect((await release(randomUUID(), { perSecond: 1 })).status).to.equal(404);
    const listed = await api.request('/v1/brakes', { as: 'viewer' });
    expect((listed.body.items as Body[]).map(({ holds, state }) => `${holds} ${state}`)).to.deep.equal([
      `${CHARGE} in-force`,
    ]);
  });

  it('on the command line is only planned off a terminal, with the command that applies it, and names itself in its sagas', async () => {
    const set = ['brake', 'set', CHARGE, '--reason', 'it is down'];
    const planned = await runSaga(api, set);
    expect(planned.code).to.equal(3);
    expect(planned.err).to.match(
      /saga -- brake set payment\.charge --reason 'it is down' --plan [0-9a-f]{64} --yes/,
    );
    expect((await api.request('/v1/brakes', { as: 'viewer' })).body.items).to.deep.equal([]);
    const done = await runSaga(api, [...set, '--yes']);
    expect(done.code, done.err).to.equal(0);
    const [id = ''] = done.out.split(' ');
    await api.inForce.read();
    const order = await api.placed();
    await api.engine.happen(order, ...CHARGING);
    expect((await runSaga(api, ['get', order])).out).to.include(
      `by the brake ${id}, holds ${order}/${CHARGE}`,
    );
    expect((await runSaga(api, ['history', order])).out).to.include(`paused by the brake ${id} on ${CHARGE}`);
    const release = await runSaga(api, ['brake', 'release', id, '--rps', '5']);
    expect(release.code).to.equal(3);
    expect(release.err).to.match(
      new RegExp(`saga -- brake release ${id} --rps 5 --reason WHY --plan [\\w-]+ --yes`),
    );
  });

  it('resumes no more than its rate, whichever processes do it, and does not make up for a pause', async () => {
    let nowMs = Date.now() + 60_000;
    const clocked = () => brakeStore(api.db, () => nowMs);
    const orders = await Promise.all(Array.from({ length: 12 }, () => api.placed()));
    await held(CHARGE);
    for (const order of orders) await api.engine.happen(order, ...CHARGING);
    const [brake] = await clocked().list(null, 1);
    const by = { actor: 'op', role: 'operator', reason: 'back' };
    const change = { id: randomUUID(), perSecond: 2, by, idempotencyKey: null };
    // The API’s own loop must not take part: its clock is behind, so its allowance is none.
    await clocked().release(brake?.id ?? '', change);
    const tick = async (ms: number) => {
      nowMs += ms;
      const each = await Promise.all([clocked().resumeSome(), clocked().resumeSome()]);
      return take(each.flat());
    };
    expect(await tick(0)).to.have.length(0);
    const first = await tick(1_000);
    expect(first).to.deep.equal(orders.toSorted().slice(0, 2));
    expect(await tick(400)).to.have.length(0);
    expect(await tick(100)).to.have.length(1);
    expect(await tick(60_000), 'after a minute in which nobody resumed').to.have.length(4);
    const rest = await tick(60_000);
    expect(rest, 'after another').to.have.length(4);
    expect(await tick(5_000)).to.have.length(1);
    expect(await tick(5_000)).to.have.length(0);
  });

  it('holds newcomers behind those it held, and opens when fewer are held than its rate allows', async () => {
    let nowMs = Date.now() + 60_000;
    const store = brakeStore(api.db, () => nowMs);
    const by = { actor: 'op', role: 'operator', reason: 'back' };
    const id = await held(CHARGE);
    const comes = async () => {
      const order = await api.placed();
      await api.inForce.read();
      await api.engine.happen(order, ...CHARGING);
      return order;
    };
    const before = [await comes(), await comes(), await comes()].sort();
    await store.release(id, { id: randomUUID(), perSecond: 2, by, idempotencyKey: null });
    const tick = async () => {
      nowMs += 1_000;
      return take(await store.resumeSome());
    };
    expect(await tick()).to.deep.equal(before.slice(0, 2));
    const newcomer = await comes();
    expect(await saga(newcomer), 'while it is released').to.deep.include({ paused: true });
    expect(await tick()).to.deep.equal([before[2], newcomer]);
    expect((await store.read(id))?.openedAt).to.equal(null);
    const last = await comes();
    expect(await tick()).to.deep.equal([last]);
    expect((await store.read(id))?.openedAt).to.be.instanceOf(Date);
    expect(await saga(await comes()), 'once it is open').to.deep.include({ paused: false });
  });

  it('neither opens nor requests more than two seconds of its rate while no engine takes its resumes', async () => {
    let nowMs = Date.now() + 60_000;
    const store = brakeStore(api.db, () => nowMs);
    const by = { actor: 'op', role: 'operator', reason: 'back' };
    const id = await held(CHARGE);
    const orders = await Promise.all(Array.from({ length: 7 }, () => api.placed()));
    for (const order of orders) await api.engine.happen(order, ...CHARGING);
    await store.release(id, { id: randomUUID(), perSecond: 2, by, idempotencyKey: null });
    const tick = async () => {
      nowMs += 1_000;
      return store.resumeSome();
    };
    const requested = [...(await tick()), ...(await tick())];
    expect(requested).to.have.length(4);
    for (let nth = 0; nth < 5; nth++) expect(await tick(), 'each waits for one at a time').to.have.length(0);
    expect((await store.read(id))?.openedAt, 'its sagas are held still').to.equal(null);
    const newcomer = await api.placed();
    await api.inForce.read();
    await api.engine.happen(newcomer, ...CHARGING);
    expect(await saga(newcomer), 'behind them').to.deep.include({ paused: true });
    await take(requested);
    const rest: string[] = [];
    for (let nth = 0; nth < 4; nth++) rest.push(...(await take(await tick())));
    expect(rest.toSorted()).to.deep.equal([...orders.toSorted().slice(4), newcomer].sort());
    expect((await store.read(id))?.openedAt).to.be.instanceOf(Date);
    nowMs += 4_000;
    expect(await store.resumeSome()).to.deep.equal([]);
    expect(
      (await store.read(id))?.endedAt,
      'nothing is held, and every engine knows that it opened',
    ).to.be.instanceOf(Date);
  });

  it('is given another rate while it is released, and stands still while its command is held anew', async () => {
    let nowMs = Date.now() + 60_000;
    const store = brakeStore(api.db, () => nowMs);
    const by = { actor: 'op', role: 'operator', reason: 'back' };
    const id = await held(CHARGE);
    for (let nth = 0; nth < 5; nth++) await api.engine.happen(await api.placed(), ...CHARGING);
    const releaseAt = (perSecond: number) =>
      store.release(id, { id: randomUUID(), perSecond, by, idempotencyKey: null });
    const tick = async () => {
      nowMs += 1_000;
      return (await take(await store.resumeSome())).length;
    };
    await releaseAt(1);
    expect(await tick()).to.equal(1);
    expect(await releaseAt(1)).to.equal('released');
    expect(await releaseAt(2)).to.include({ perSecond: 2 });
    expect(await tick()).to.equal(2);
    const again = await held(CHARGE);
    expect(await tick(), 'held anew').to.equal(0);
    await store.release(again, { id: randomUUID(), perSecond: 9, by, idempotencyKey: null });
    expect(await tick(), 'of the first release, since none of the second is held').to.be.greaterThan(0);
  });

  it('resumes a saga again whose first resume came too late for its revision, and ends once nothing is held', async () => {
    let nowMs = Date.now() + 60_000;
    const store = brakeStore(api.db, () => nowMs);
    const order = await api.placed();
    const id = await held(CHARGE);
    await api.engine.happen(order, ...CHARGING);
    const by = { actor: 'op', role: 'operator', reason: 'back' };
    await store.release(id, { id: randomUUID(), perSecond: 10, by, idempotencyKey: null });
    nowMs += 1_000;
    const [first] = await store.resumeSome();
    await api.db.execute(
      `UPDATE orchestrator.actions SET state = 'refused', ended_at = now(), due_at = NULL WHERE id = $1::uuid`,
      first?.id,
    );
    nowMs += 1_000;
    const [second] = await store.resumeSome();
    expect(second).to.include({ sagaId: order, action: 'resume', actor: 'op', state: 'waiting' });
    expect(await take(second === undefined ? [] : [second])).to.deep.equal([order]);
    nowMs += 1_000;
    expect(await store.resumeSome(), 'it opens').to.have.length(0);
    nowMs += 20_000;
    expect(await store.resumeSome()).to.have.length(0);
    expect((await store.read(id))?.endedAt).to.be.instanceOf(Date);
  });
});
