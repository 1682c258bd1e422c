/** The plan of an action as a contract, on the real stack: applied under its hash, the action does exactly this, or nothing. */
import { expect } from 'chai';
import type { Sent } from '#engine/saga.ts';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { sweepStore } from '../store/sweep-store.ts';
import { actingAt } from './testing/acting.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Answer } from './testing/client.ts';
import { COMPLETED, type Happening } from './testing/engine.ts';

const CHARGED: Happening = {
  to: 'payment.charge',
  reply: 'payment.charged',
  data: { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' },
};

interface Message {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  readonly number?: number;
  readonly again: boolean;
  readonly data?: unknown;
}

describe('the plan of an action', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());
  const { charging, etagOf, act, actionsOf, taken, stateOf } = actingAt(() => api);

  const plan = async (id: string, body: object): Promise<Answer> => {
    const answer = await act(id, { ...body, dryRun: true });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    return answer;
  };
  const apply = async (id: string, body: object, planHash: unknown, headers = {}) =>
    act(id, { ...body, planHash }, { 'if-match': await etagOf(id), ...headers });
  const sendsOf = ({ body }: Answer) => body.sends as Message[];
  /** The messages that a saga's last transition sent, as the journal has them. */
  const sentBy = async (id: string): Promise<Sent[]> => {
    const text =
      'SELECT out FROM orchestrator.journal WHERE saga_id = $1::uuid ORDER BY version DESC LIMIT 1';
    return (await api.db.query<{ out: Sent[] }>(text, id))[0]?.out ?? [];
  };
  const entries = async (id: string) => {
    const text = 'SELECT count(*)::int AS n FROM orchestrator.journal WHERE saga_id = $1::uuid';
    return (await api.db.query<{ n: number }>(text, id))[0]?.n;
  };
  const published = (id: string) =>
    api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);

  it('shows each message as it is sent, what they move, and what follows', async () => {
    const id = await charging();
    await api.engine.happen(id, CHARGED);
    const { body } = await plan(id, { action: 'compensate', reason: 'wrong price' });
    expect(body.planHash).to.match(/^[0-9a-f]{64}$/);
    expect(body.sends).to.deep.equal([
      {
        id: `${id}/order.failed`,
        type: 'order.failed',
        topic: 'order-failed',
        key: id,
        again: false,
        data: {
          customerId: 'alice',
          items: [{ sku: 'SKU-0001', quantity: 2 }],
          currency: 'EUR',
          amount: 4_990,
          reason: 'compensated',
          text: 'wrong price',
        },
      },
      {
        id: `${id}/payment.refund`,
        type: 'payment.refund',
        topic: 'payment-requested',
        key: id,
        number: 1,
        again: false,
        data: { undoes: [`${id}/payment.charge`] },
      },
    ]);
    expect(body.totals).to.deep.equal([
      { kind: 'mails', effect: 'sent', of: 'order.failed', quantity: 1, text: '1 of order.failed' },
      { kind: 'money', effect: 'refunded', of: 'EUR', quantity: 4_990, text: 'EUR 49.90' },
    ]);
    const afterwards = body.afterwards as { steps: Array<{ type: string }>; state: string };
    expect(afterwards.steps.map(({ type }) => type)).to.deep.equal(['payment.refund', 'inventory.release']);
  });

  it('is what the engine sends, byte for byte of its content, and what the action names', async () => {
    const id = await charging();
    for (const body of [
      { action: 'edit', input: { payment: { method: 'pm_card_mastercard' } } },
      { action: 'compensate', reason: 'wrong price' },
    ]) {
      const shown = await plan(id, body);
      const before = published(id).length;
      const answer = await apply(id, body, shown.body.planHash);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(202);
      expect(answer.body.planHash).to.equal(shown.body.planHash);
      await taken(id, before + 1);
      const sent = (await sentBy(id)).map(({ topic, event }) => ({ topic, id: event.id, data: event.data }));
      expect(sent).to.deep.equal(
        sendsOf(shown).map(({ topic, id: sends, data }) => ({ topic, id: sends, data })),
      );
      if (body.action === 'edit') continue;
      const done = await stateOf(answer);
      expect(done).to.include({ state: 'applied', planHash: shown.body.planHash });
      expect(done.appliedPlanHash).to.equal(shown.body.planHash);
    }
    const { body: audit } = await api.request('/v1/audit/verify', { as: 'viewer' });
    expect(audit).to.include({ holds: true });
  });

  it('is shown anew where the saga moved before the apply (412): nothing is stored, nothing sent', async () => {
    const id = await charging();
    const etag = await etagOf(id);
    const { body: old } = await plan(id, { action: 'compensate' });
    await api.engine.happen(id, CHARGED);
    const before = await entries(id);
    const answer = await act(id, { action: 'compensate', planHash: old.planHash }, { 'if-match': etag });
    expect(answer.status).to.equal(412);
    expect(answer.body).to.include({ type: 'urn:problem:order-saga:plan-changed' });
    expect(answer.headers.get('etag'))
      .to.equal(await etagOf(id))
      .and.not.to.equal(etag);
    const now = answer.body.plan as Record<string, unknown>;
    expect(now).to.deep.equal((await plan(id, { action: 'compensate' })).body);
    expect(now.planHash).not.to.equal(old.planHash);
    expect([await actionsOf(id), published(id), await entries(id)]).to.deep.equal([[], [], before]);

    const second = await apply(id, { action: 'compensate' }, now.planHash);
    await taken(id);
    expect(await stateOf(second)).to.include({ state: 'applied', appliedPlanHash: now.planHash });
  });

  it('is refused by the engine where the saga moves after the answer: nothing is sent', async () => {
    const id = await charging();
    const { body: shown } = await plan(id, { action: 'compensate' });
    const answer = await apply(id, { action: 'compensate' }, shown.planHash);
    // Another person's pause is read first. The revision stays, but the messages would be held now.
    const pause = await act(id, { action: 'pause' }, { 'if-match': await etagOf(id) });
    expect([answer.status, pause.status]).to.deep.equal([202, 202]);
    const control = await actionsOf(id);
    expect(control.map(({ action }) => action)).to.deep.equal(['compensate', 'pause']);
    const soon = new Date(Date.now() + 3_000);
    const claimed = await sweepStore(api.db).claimActions(soon, new Date(soon.getTime() + 1_000), 100);
    const messageOf = (actionId: unknown) => {
      const found = claimed.find((one) => one.actionId === actionId)?.message;
      if (found === undefined) throw new Error(`${actionId} is not due`);
      return { ...found, value: Buffer.from(found.value), partition: 0, offset: 1 };
    };
    await api.engine.take([{ ...messageOf(pause.body.actionId), timestamp: 0 } as never]);
    const before = await entries(id);
    const outcome = await api.engine.take([{ ...messageOf(answer.body.actionId), timestamp: 0 } as never]);
    expect(outcome.out).to.deep.equal([]);
    expect(await entries(id)).to.equal(before);
    const refused = await stateOf(answer);
    expect(refused).to.include({ state: 'refused', planHash: shown.planHash });
    expect(refused.detail).to.be.a('string').that.includes('plan has changed');
    expect(refused).not.to.have.property('appliedPlanHash');
  });

  it('is applied once, however many apply it at once', async () => {
    const id = await charging();
    const { body: shown } = await plan(id, { action: 'compensate' });
    const answers = await Promise.all(
      [1, 2, 3, 4].map((nth) =>
        apply(id, { action: 'compensate' }, shown.planHash, { 'idempotency-key': `at-once-${id}-${nth}` }),
      ),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([202, 202, 202, 202]);
    await taken(id, 4);
    const states = await Promise.all(answers.map(stateOf));
    expect(states.map(({ state }) => state).sort()).to.deep.equal([
      'applied',
      'refused',
      'refused',
      'refused',
    ]);
  });

  it('is named by an action that was requested without one', async () => {
    const id = await charging();
    const { body: shown } = await plan(id, { action: 'retry' });
    const answer = await act(id, { action: 'retry' }, { 'if-match': await etagOf(id) });
    expect(answer.body).not.to.have.property('planHash');
    await taken(id);
    expect(await stateOf(answer)).to.include({ state: 'applied', appliedPlanHash: shown.planHash });
  });

  it('is checked for its form (400), and belongs to an idempotency key (422)', async () => {
    const id = await charging();
    for (const planHash of ['', 'x'.repeat(64), 'A'.repeat(64), 7])
      expect((await apply(id, { action: 'retry' }, planHash)).status, String(planHash)).to.equal(400);
    const { body: shown } = await plan(id, { action: 'retry' });
    const key = { 'idempotency-key': `plan-${id}` };
    expect((await apply(id, { action: 'retry' }, shown.planHash, key)).status).to.equal(202);
    expect((await act(id, { action: 'retry' }, { 'if-match': await etagOf(id), ...key })).status).to.equal(
      422,
    );
    expect((await apply(id, { action: 'retry' }, shown.planHash, key)).status).to.equal(202);
    expect(await actionsOf(id)).to.have.length(1);
  });

  it('of a cancellation shows its customer no contents, and is kept like any other', async () => {
    const id = await charging();
    const asAlice = { as: 'customer', subject: 'alice' } as const;
    const cancel = (body: object) => api.request(`/v1/orders/${id}/cancel`, { ...asAlice, body });
    const shown = await cancel({ dryRun: true });
    expect(shown.status, JSON.stringify(shown.body)).to.equal(200);
    expect(sendsOf(shown).map(({ type, data }) => [type, data])).to.deep.equal([
      ['order.failed', undefined],
      ['payment.refund', undefined],
    ]);
    expect(await actionsOf(id)).to.deep.equal([]);
    await api.engine.happen(id, CHARGED);
    const changed = await cancel({ planHash: shown.body.planHash });
    expect(changed.status).to.equal(412);
    expect(await actionsOf(id)).to.deep.equal([]);
    const { planHash } = changed.body.plan as { planHash: string };
    const cancelled = await cancel({ planHash });
    expect(cancelled.status).to.equal(202);
    await taken(id);
    expect(await stateOf(cancelled)).to.include({ state: 'applied', appliedPlanHash: planHash });
  });

  it('that is possible no more is answered with the reason', async () => {
    const id = await charging();
    const { body: shown } = await plan(id, { action: 'compensate' });
    await api.engine.happen(id, ...COMPLETED.slice(2));
    const answer = await apply(id, { action: 'compensate' }, shown.planHash);
    expect(answer.status).to.equal(412);
    expect(answer.body.plan).to.deep.include({ outcome: 'refused', sends: [] });
  });
});
