/** The history and the graph of a saga over HTTP and in the terminal, on the real stack. */
import { expect } from 'chai';
import { stepBatch } from '#engine/step-batch.ts';
import { runSaga } from '../cli/testing/terminal.ts';
import { engineStore } from '../store/engine-store.ts';
import { actingAt } from './testing/acting.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';
import { MERMAID } from './views/mermaid.ts';

type Row = Readonly<Record<string, unknown>>;

describe('a saga in hindsight', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());
  const { act, charging, etagOf, taken } = actingAt(() => api);

  const completed = async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED);
    return id;
  };
  const historyOf = async (id: string, query = '', as: 'viewer' | 'operator' = 'viewer') => {
    const { status, body } = await api.request(`/v1/sagas/${id}/history${query}`, { as });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body as Row & { events: readonly Row[]; incidents: readonly Row[] };
  };
  const ofType = (events: readonly Row[], type: string) => events.find((event) => event.type === type);
  const sentIn = (event: Row | undefined) => (event?.sent ?? []) as readonly Row[];

  it('has the trace, and the change of context at each move as a JSON Patch', async () => {
    const id = await completed();
    const { events, traceId } = await historyOf(id);
    expect(traceId).to.match(/^[0-9a-f]{32}$/);
    const change = (type: string) => (ofType(events, type)?.change as Row)?.contextPatch;
    expect(change('payment.charged')).to.deep.equal([{ op: 'add', path: '/chargeId', value: 'ch_1' }]);
    expect(change('shipping.prepared')).to.deep.equal([{ op: 'add', path: '/shipmentId', value: 'sh_1' }]);
    expect(change('inventory.reserved')).to.equal(undefined);
  });

  it('has the data of every message for operators, and no personal field for viewers', async () => {
    const id = await completed();
    const seen = async (as: 'viewer' | 'operator') => {
      const body = await historyOf(id, '?messages=true', as);
      const [charge] = sentIn(ofType(body.events, 'inventory.reserved'));
      const [prepare] = sentIn(ofType(body.events, 'inventory.confirmed'));
      return { text: JSON.stringify(body), charge, prepare, events: body.events };
    };
    const operator = await seen('operator');
    expect(operator.charge?.data).to.deep.equal({
      customerId: 'alice',
      amount: 4_990,
      currency: 'EUR',
      method: 'pm_card_visa',
    });
    expect(operator.charge).to.have.property('deadline');
    expect(operator.text).to.include('Hidden Street');
    expect(ofType(operator.events, 'payment.charged')?.received).to.deep.include({
      data: { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' },
    });
    expect(ofType(operator.events, 'payment.charged')?.received)
      .to.have.property('origin')
      .that.includes({ topic: 'test' });
    const viewer = await seen('viewer');
    expect(viewer.text).not.to.match(/Hidden Street|pm_card/);
    expect(viewer.charge).to.deep.include({
      data: { customerId: 'alice', amount: 4_990, currency: 'EUR' },
      hidden: ['method'],
    });
    expect(viewer.prepare).to.deep.include({ hidden: ['address'] });
    expect(viewer.prepare?.data).to.have.property('items').with.length(1);
    expect(JSON.stringify(await historyOf(id, '', 'operator'))).not.to.match(/Hidden Street|pm_card/);
  });

  it('shows a message that came again, which move had taken it, and how often', async () => {
    const id = await charging();
    const [row] = await api.db.query<{ message: object }>(
      `SELECT message FROM orchestrator.journal WHERE saga_id = $1::uuid AND version = 2`,
      id,
    );
    const again = (offset: number) => ({
      envelope: row?.message as never,
      origin: { topic: 'inventory-reserved', partition: 0, offset },
    });
    const store = engineStore(api.db);
    for (const offset of [100, 101]) {
      const { repeats } = await stepBatch(api.definitions, store, [again(offset)], Date.now());
      await store.recordUnmatched(repeats, new Date());
    }
    const { events } = await historyOf(id);
    expect(events.find(({ kind }) => kind === 'repeat')).to.include({
      type: 'inventory.reserved',
      version: 2,
      count: 2,
    });
    expect(events.filter(({ kind }) => kind === 'unmatched')).to.deep.equal([]);
    expect((await runSaga(api, ['history', id])).out).to.match(
      /repeat inventory\.reserve\S* \(inventory\.reserved\), taken by #2, 2 times; changed nothing/,
    );
  });

  it('lists the incidents: what raised each, what ended it, and which one is open', async () => {
    const id = await charging();
    await api.engine.happen(id, {
      to: 'payment.charge',
      reply: 'payment.parked',
      data: { code: 'defect', text: 'no' },
    });
    const parked = await historyOf(id);
    expect(parked.incidents).to.have.length(1);
    expect(parked.incidents[0]).to.include({ code: 'parked', raisedAt: 3, endedAt: null, endedBy: null });
    const charged = { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' };
    await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.charged', data: charged });
    const [closed] = (await historyOf(id)).incidents;
    expect(closed).to.include({ code: 'parked', raisedAt: 3, endedBy: 4 });
    const outside = { code: 'parked', text: 'by the engine', at: null };
    await engineStore(api.db).raiseIncident(id, outside, new Date());
    const { incidents } = await historyOf(id);
    expect(incidents.map(({ text, raisedAt }) => [text, raisedAt])).to.deep.equal([
      [closed?.text, 3],
      ['by the engine', null],
    ]);
  });

  it('is read page by page, backwards', async () => {
    const id = await completed();
    const { events } = await historyOf(id, '?before=3');
    expect(events.map(({ version }) => version)).to.deep.equal([1, 2]);
    for (const query of ['?before=0', '?before=x', '?messages=yes', '?more=1'])
      expect((await api.request(`/v1/sagas/${id}/history${query}`, { as: 'viewer' })).status, query).to.equal(
        400,
      );
  });

  it('shows people’s actions with actor and reason, and in the terminal no line longer than it', async () => {
    const id = await charging();
    const headers = { 'if-match': await etagOf(id) };
    expect((await act(id, { action: 'compensate', reason: 'fraud alarm' }, headers)).status).to.equal(202);
    await taken(id);
    const { events } = await historyOf(id);
    expect(ofType(events, 'saga.action')).to.include({ action: 'compensate', reason: 'fraud alarm' });
    const { out, err } = await runSaga(api, ['history', id, '--diff', '--messages'], { columns: 100 });
    expect(Math.max(...out.split('\n').map((line) => line.length))).to.be.at.most(100);
    expect(out)
      .to.include('"fraud alarm"')
      .and.include('+ failure: {"reason":"compensated","text":"fraud alarm"}')
      .and.include('method: pm_card_visa')
      .and.include('undoes: ["payment.charge"]');
    expect(err).to.match(/trace [0-9a-f]{32}/);
  });

  it('is drawn as a graph: as JSON, as Mermaid by parameter or by Accept, and in the terminal', async () => {
    const id = await charging();
    const { body } = await api.request(`/v1/sagas/${id}/graph`, { as: 'viewer' });
    expect(body).to.include({ sagaId: id, state: 'chargingPayment', definition: 'order' });
    const current = (body.edges as readonly Row[]).filter(({ progress }) => progress === 'current');
    expect(current.map(({ event }) => event)).to.deep.equal(['payment.charged']);
    const get = async (path: string, accept = 'application/json') => {
      const authorization = `Bearer ${await api.token('viewer')}`;
      const response = await fetch(api.url + path, { headers: { authorization, accept } });
      return { type: response.headers.get('content-type'), text: await response.text() };
    };
    const byParameter = await get(`/v1/sagas/${id}/graph?format=mermaid`);
    expect(byParameter.type).to.equal(`${MERMAID}; charset=utf-8`);
    expect(byParameter.text)
      .to.match(/^flowchart TD\n/)
      .and.include('class s3 current');
    expect((await get(`/v1/sagas/${id}/graph`, MERMAID)).text).to.equal(byParameter.text);
    expect((await get(`/v1/sagas/${id}/graph?format=json`, MERMAID)).type).to.equal('application/json');
    expect((await get('/v1/definitions/order/1/graph', `${MERMAID};q=0.5, */*;q=0.1`)).text).to.match(
      /^flowchart/,
    );
    expect((await api.request('/v1/definitions/order/9/graph', { as: 'viewer' })).status).to.equal(404);
    const { out } = await runSaga(api, ['graph', id], { columns: 100 });
    expect(out)
      .to.include('● chargingPayment  (payment.charge)')
      .and.match(/✓ inventory\.reserved +→ chargingPayment {2}#2/)
      .and.match(/● payment\.charged +→ confirmingInventory/)
      .and.not.include('chargeDeadline');
    expect((await runSaga(api, ['graph', id, '--all'])).out).to.include('chargeDeadline (time limit)');
    expect((await runSaga(api, ['graph', '--definition', 'order/1'])).out).to.include(
      'order v1\n\ncreated\n',
    );
    expect((await runSaga(api, ['graph', id, '--mermaid'])).out).to.match(/^flowchart TD/);
    expect((await runSaga(api, ['graph'])).code).to.equal(2);
    expect((await runSaga(api, ['graph', '--definition', 'order'])).code).to.equal(2);
    expect((await runSaga(api, ['graph', '--definition', 'order/9'])).code).to.equal(5);
  });

  it('has no graph where this API lacks its version', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
    await api.db.execute('UPDATE orchestrator.sagas SET definition_version = 9 WHERE id = $1::uuid', id);
    expect((await api.request(`/v1/sagas/${id}/graph`, { as: 'viewer' })).status).to.equal(409);
    expect((await historyOf(id, '?messages=true')).events).to.have.length(2);
  });
});
