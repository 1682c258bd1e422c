/** Why a saga waits, over HTTP and in the command line: on the real database and real brokers, with an engine that the test steps. */
import { expect } from 'chai';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER } from '#platform/kafka/client-settings.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { runSaga } from '../cli/testing/terminal.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

interface Cause {
  readonly code: string;
  readonly text: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly nextSteps: ReadonlyArray<{ readonly text: string; readonly command?: string }>;
}

describe('why a saga waits', () => {
  let api: TestApi;
  let engine: BatchConsumer;
  before(async () => {
    api = await startTestApi({ observesFlows: true });
    // The engine is the test's own, and the API must find one alive.
    await api.db.execute(
      `INSERT INTO orchestrator.engines (id, definitions, seen_at)
       VALUES ('engine', '[{"name":"order","version":1}]', now() + interval '1 hour')`,
    );
    engine = await member('engine', 'order-created');
    await hasMembers('engine', 1);
  });
  after(async () => {
    await engine.close();
    await api.close();
  });

  /** A process that reads a topic in a group. */
  const member = (group: string, topic: string) =>
    consumeBatches({
      ...api.kafka,
      group,
      topics: [topic],
      settings: GENERAL_CONSUMER,
      handle: async () => ({ published: Promise.resolve() }),
    });
  const hasMembers = (name: string, count: number) =>
    waitUntil(
      async () => {
        await api.flows.observe();
        return api.flows.of(0)?.groups.find(({ group }) => group === name)?.members;
      },
      (members) => members === count,
    );
  const why = async (id: string) => {
    const { status, body } = await api.request(`/v1/sagas/${id}/why`, { as: 'viewer' });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body as unknown as { text: string; cause: Cause; besides: Cause[]; forecast: object | null };
  };
  const charging = async () => {
    const id = await api.placed({ customerId: 'alice' });
    await api.engine.happen(id, ...CHARGING);
    return id;
  };

  it('names a participant that is not there, with what is before its command', async () => {
    const { cause, text, forecast } = await why(await charging());
    expect(cause.code).to.equal('participant-absent');
    expect(text).to.match(/^Waits for payment\.charge; no process of payment is in its group/);
    expect(cause.evidence).to.include({ participant: 'payment', members: 0, topic: 'payment-requested' });
    expect(forecast).to.deep.equal({ unknown: 'nothing moves it' });
  });

  it('tells the end and how it came about', async () => {
    const id = await api.placed({ customerId: 'alice' });
    await api.engine.happen(id, ...COMPLETED);
    const { cause, forecast } = await why(id);
    expect(cause.code).to.equal('completed');
    expect(forecast).to.equal(null);
    await api.usual.measure();
    expect(api.usual.durations).to.include.keys('created', 'reservingInventory', 'chargingPayment');
    expect(api.usual.durations['chargingPayment']?.p50Ms).to.be.within(0, 60_000);
  });

  it('names the incident with what helps, and shows the sentence in the saga and in its history', async () => {
    const id = await charging();
    const data = { code: 'refused-by-database', text: 'value too long' };
    await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.parked', data });
    const { cause, text } = await why(id);
    expect(cause.code).to.equal('command-parked');
    expect(cause.nextSteps.map(({ command }) => command)).to.include(`saga retry ${id} --reason …`);
    const saga = await api.request(`/v1/sagas/${id}`, { as: 'viewer' });
    const history = await api.request(`/v1/sagas/${id}/history`, { as: 'viewer' });
    expect(text).to.match(/^Needs a person/);
    for (const { body } of [saga, history])
      expect(String(body['why'])).to.match(/^Needs a person .*payment could not handle its command/);
  });

  it('is for viewers and above, and only of sagas there are', async () => {
    const id = await charging();
    expect((await api.request(`/v1/sagas/${id}/why`, { as: 'service' })).status).to.equal(403);
    const none = '01a00000-0000-7000-8000-000000000000';
    expect((await api.request(`/v1/sagas/${none}/why`, { as: 'viewer' })).status).to.equal(404);
  });

  it('is a sentence, its evidence and what helps on the command line', async () => {
    const id = await charging();
    const { code, out, err } = await runSaga(api, ['why', id]);
    expect(code, err).to.equal(0);
    expect(out).to.match(/^Waits for payment\.charge; no process of payment is in its group/);
    expect(out)
      .to.match(/\ncause +participant-absent\n/)
      .and.to.match(/\nends +unknown: nothing moves it/);
    expect(err).to.match(/Next: start payment/);
    const json = JSON.parse((await runSaga(api, ['why', id, '-o', 'json'])).out) as { cause: Cause };
    expect(json.cause.code).to.equal('participant-absent');
    expect((await runSaga(api, ['get', id])).out).to.match(/\nwhy +Waits for payment\.charge/);
  });

  describe('with every participant there', () => {
    const PARTICIPANTS = ['inventory', 'payment', 'shipping'];
    let members: BatchConsumer[] = [];
    before(async () => {
      members = await Promise.all(PARTICIPANTS.map((name) => member(name, `${name}-requested`)));
      for (const name of PARTICIPANTS) await hasMembers(name, 1);
    });
    after(() => Promise.all(members.map((one) => one.close())));

    it('names the failure that a participant reports, how often it did, and how many others fail alike', async () => {
      const data = { code: 'gateway-limited', text: 'the gateway takes no more calls for now' };
      const ids = [await charging(), await charging(), await charging()];
      for (const id of ids)
        await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.delayed', data });
      const { cause, text } = await why(ids[1] ?? '');
      expect(cause.code).to.equal('participant-delayed');
      expect(text)
        .to.match(/payment read it .* ago and reported gateway-limited once/)
        .and.to.include('2 others say the same');
      expect(cause.evidence).to.include({ failures: 1, alike: 2, failureCode: 'gateway-limited' });
      expect(cause.nextSteps[0]?.command).to.equal(
        `saga list --fingerprint ${cause.evidence['fingerprint']}`,
      );
    });

    it('gives no forecast while a failure delays others on its way, and nobody got an answer since', async () => {
      const first = await api.placed({ customerId: 'alice' });
      await api.engine.happen(first, 'order.created');
      const failing = await charging();
      const data = { code: 'gateway-unreachable', text: 'the gateway cannot be reached' };
      await api.engine.happen(failing, { to: 'payment.charge', reply: 'payment.delayed', data });
      expect((await why(failing)).forecast).to.deep.equal({
        unknown: 'nobody has got an answer to payment.charge since that failure',
      });
      const { cause, forecast } = await why(first);
      expect(cause.evidence).to.include({ participant: 'inventory' });
      expect(forecast).to.deep.equal({
        unknown: 'a failure delays sagas in chargingPayment, and nobody has left that state since',
      });
      await api.engine.happen(failing, ...COMPLETED.slice(CHARGING.length));
    });

    it('names the brake that holds it, who set it, and once it is released what comes before it', async () => {
      const ids = [await api.placed(), await api.placed()].toSorted();
      for (const id of ids) await api.engine.happen(id, 'order.created');
      const held = { holds: 'payment.charge', reason: 'the gateway is down' };
      const { body } = await api.request('/v1/brakes', { as: 'operator', subject: 'otto', body: held });
      await api.inForce.read();
      for (const id of ids) await api.engine.happen(id, ...CHARGING.slice(1));
      const { cause, text } = await why(ids[1] ?? '');
      expect(cause.code).to.equal('held-by-brake');
      expect(text).to.match(
        /^Held before payment\.charge .*by the brake that otto set at .*“the gateway is down”/,
      );
      const release = { perSecond: 1, reason: 'the gateway is back' };
      const path = `/v1/brakes/${String(body['brakeId'])}/release`;
      expect((await api.request(path, { as: 'operator', body: release })).status).to.equal(202);
      const released = await why(ids[1] ?? '');
      expect(released.cause.code).to.equal('brake-releasing');
      expect(released.cause.evidence).to.include({ perSecond: 1, before: 1 });
      expect(released.forecast, JSON.stringify(released.forecast)).to.have.keys('from', 'to', 'text');
      // Held anew, the command is sent by nobody, whatever the rate.
      const anew = await api.request('/v1/brakes', {
        as: 'operator',
        body: { ...held, reason: 'down again' },
      });
      expect((await why(ids[1] ?? '')).forecast).to.deep.equal({ unknown: 'a brake holds payment.charge' });
      const again = `/v1/brakes/${String(anew.body['brakeId'])}/release`;
      expect((await api.request(again, { as: 'operator', body: release })).status).to.equal(202);
      // Has the resumes taken, as an engine does.
      const takeResumes = async () => {
        const waiting = await api.db.query<{ id: string; sagaId: string }>(
          `SELECT id::text, saga_id::text AS "sagaId" FROM orchestrator.actions
            WHERE state = 'waiting' AND action = 'resume'`,
        );
        const [actions, sagas] = [waiting.map(({ id }) => id), waiting.map(({ sagaId }) => sagaId)];
        await api.db.execute(
          `UPDATE orchestrator.actions SET state = 'applied', ended_at = now(), due_at = NULL WHERE id = ANY ($1::uuid[])`,
          actions,
        );
        await api.db.execute(
          'UPDATE orchestrator.sagas SET paused = false WHERE id = ANY ($1::uuid[])',
          sagas,
        );
      };
      // Newcomers are held behind them until it opens.
      await waitUntil(
        async () => {
          await takeResumes();
          return (await api.request(`/v1/brakes/${String(body['brakeId'])}`, { as: 'viewer' })).body[
            'openedAt'
          ];
        },
        (openedAt) => openedAt !== null,
      );
      await api.inForce.read();
    });
  });
});
