/** Previews of people's actions: what each would send, or why the engine would refuse it, with nothing done. */
import { expect } from 'chai';
import { actingAt } from './testing/acting.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

describe('an action', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());
  const { charging, etagOf, act, actionsOf, taken } = actingAt(() => api);

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
});
