/** The queue of failed compensations, on a real database with the real engine. */
import { expect } from 'chai';
import { gaugeStore } from '#orchestrator/store/gauge-store.ts';
import { runSaga } from '../cli/testing/terminal.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Body } from './testing/client.ts';
import { CHARGING, type Happening } from './testing/engine.ts';

const CHARGED: readonly Happening[] = [
  ...CHARGING,
  {
    to: 'payment.charge',
    reply: 'payment.charged',
    data: { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' },
  },
  { to: 'inventory.confirm', reply: 'inventory.confirmRefused', data: { code: 'gone' } },
];
const REFUSED: Happening = {
  to: 'payment.refund',
  reply: 'payment.refundRefused',
  data: { code: 'account-closed', text: 'the account is closed' },
};

describe('failed compensations', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const queue = async () =>
    (await api.request('/v1/compensation-failures', { as: 'viewer' })).body.items as Body[];
  const ordered = async (...happenings: readonly Happening[]) => {
    const id = await api.placed();
    await api.engine.happen(id, ...happenings);
    return id;
  };

  it('are in a queue with what was said, what stands and what can be done; others are not', async () => {
    expect(await queue()).to.deep.equal([]);
    await ordered(...CHARGING);
    await ordered(...CHARGED);
    expect(await queue(), 'a refund that is under way has not failed').to.deep.equal([]);
    const id = await ordered(...CHARGED, REFUSED);
    const [failure, ...more] = await queue();
    expect(more).to.deep.equal([]);
    expect(failure).to.include({
      sagaId: id,
      status: 'compensating',
      state: 'compensating.refundingPayment',
    });
    const [undo] = (failure?.undos ?? []) as Body[];
    expect(undo).to.deep.include({
      commandId: `${id}/payment.refund`,
      type: 'payment.refund',
      participant: 'payment',
      cause: 'refused',
      attempts: 1,
      code: 'account-closed',
      text: 'the account is closed',
      undoes: [`${id}/payment.charge`],
      atStake: { money: { amount: 4_990, currency: 'EUR' } },
    });
    expect(failure?.possible).to.deep.equal([
      { action: 'retry', sends: [`${id}/payment.refund#2`], needsEvidence: false },
      { action: 'skip', sends: [`${id}/inventory.release`], needsEvidence: true },
    ]);
  });

  it('that are not answered in time are there too, and leave the queue with the answer', async () => {
    const id = await ordered(...CHARGED);
    await api.db.execute(
      `UPDATE orchestrator.sagas SET stuck = '{"since":"2026-11-30T00:00:00.000Z","code":"refund-unanswered"}' WHERE id = $1::uuid`,
      id,
    );
    const found = (await queue()).find(({ sagaId }) => sagaId === id);
    expect(((found?.undos ?? []) as Body[])[0]).to.include({
      cause: 'unanswered',
      type: 'payment.refund',
      attempts: 1,
    });
    await api.engine.happen(id, {
      to: 'payment.refund',
      reply: 'payment.refunded',
      data: { found: { [`${id}/payment.charge`]: 'undone' } },
    });
    expect((await queue()).filter(({ sagaId }) => sagaId === id)).to.deep.equal([]);
  });

  it('come oldest first, page by page', async () => {
    const [older, newer] = [await ordered(...CHARGED, REFUSED), await ordered(...CHARGED, REFUSED)];
    const pages: Body[] = [];
    for (let cursor: unknown = ''; cursor !== null; ) {
      const { body } = await api.request(
        `/v1/compensation-failures?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
        { as: 'viewer' },
      );
      pages.push(...(body.items as Body[]));
      cursor = body.nextCursor;
    }
    const ids = pages.map(({ sagaId }) => String(sagaId));
    expect(ids).to.have.length(3).and.deep.equal(ids.toSorted());
    expect(ids).to.include.members([older, newer]);
    expect((await api.request('/v1/compensation-failures', { as: 'service' })).status).to.equal(403);
  });

  it('are counted for the gauge, by state', async () => {
    const counted = await gaugeStore(api.db).count();
    const open = counted.filter(({ uncompensated }) => uncompensated > 0);
    expect(open.map(({ state, uncompensated }) => [state, uncompensated])).to.deep.equal([
      ['compensating.refundingPayment', 3],
    ]);
  });

  it('are shown on the command line', async () => {
    const shown = await runSaga(api, ['compensations']);
    expect(shown.code, shown.err).to.equal(0);
    expect(shown.out).to.include('account-closed').and.include('4990 EUR').and.include('skip --evidence');
    expect(shown.out.split('\n')).to.have.length(4);
    const json = JSON.parse(
      (await runSaga(api, ['compensations', '-o', 'json', '--limit', '1'])).out,
    ) as Body[];
    expect(json).to.have.length(1);
  });
});
