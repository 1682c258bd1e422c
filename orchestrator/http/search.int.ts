/** Searching sagas over HTTP, on the real stack: every filter, the orders, and the counts. */
import { expect } from 'chai';
import { engineStore } from '../store/engine-store.ts';
import { actingAt } from './testing/acting.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

type Row = Record<string, unknown>;

describe('searching sagas', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const get = async (path: string, as: 'viewer' | 'operator' = 'viewer', subject?: string) => {
    const { status, body } = await api.request(path, { as, ...(subject !== undefined && { subject }) });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const acting = actingAt(() => api);
  const itemsOf = async (query: string) => (await get(`/v1/sagas?${query}`)).items as Row[];
  const listed = async (query: string) => (await itemsOf(query)).map(({ sagaId }) => sagaId);
  const at = async (change: Row, ...happenings: Parameters<TestApi['engine']['happen']>[1][]) => {
    const id = await api.placed(change);
    await api.engine.happen(id, ...happenings);
    return id;
  };
  const declined = { to: 'payment.charge', reply: 'payment.declined', data: { code: 'x' } };
  const delayed = (text: string) => ({
    to: 'payment.charge',
    reply: 'payment.delayed',
    data: { code: 'gateway-unavailable', text },
  });

  describe('by what the order is about', () => {
    let [one, two, done] = ['', '', ''];
    before(async () => {
      const items = (sku: string) => [{ sku, quantity: 1 }];
      one = await at({ customerId: 'about', items: items('blue-mug'), amount: 1_000, couponId: 'coupon-1' });
      two = await at(
        { customerId: 'about', items: [...items('red-mug'), ...items('blue-mug')], amount: 2_000 },
        ...CHARGING,
      );
      done = await at({ customerId: 'about', items: items('tee'), amount: 3_000 }, ...COMPLETED);
    });

    for (const [query, expected] of [
      ['sku=blue-mug', () => [two, one]],
      ['sku=mug', () => []],
      ['couponId=coupon-1', () => [one]],
      ['gatewayId=ch_1', () => [done]],
      ['gatewayId=ch_', () => []],
      ['minAmount=2000', () => [done, two]],
      ['maxAmount=2000', () => [two, one]],
      ['minAmount=1001&maxAmount=2999', () => [two]],
      ['sku=blue-mug&minAmount=2000', () => [two]],
      ['definition=order&definitionVersion=1', () => [done, two, one]],
      ['definition=order&definitionVersion=2', () => []],
      ['active=true', () => [two, one]],
      ['active=false', () => [done]],
      ['sort=oldest', () => [one, two, done]],
      ['sort=oldest&active=true', () => [one, two]],
      ['text=red-m', () => [two]],
      ['text=coupon-1', () => [one]],
      ['text=Hidden', () => []],
      ['text=pm_card', () => []],
    ] as const) {
      it(`${query}`, async () => {
        expect(await listed(`customerId=about&${query}`)).to.deep.equal(expected());
        // The same without the customer, whose orders are found by another index.
        const any = await listed(`${query}&limit=200`);
        const mine = any.filter((id) => [one, two, done].includes(String(id)));
        expect(mine).to.deep.equal(expected());
      });
    }

    it('finds a saga by its id, and by the ids of its commands and messages', async () => {
      for (const text of [two, two.toUpperCase(), `${two}/payment.charge`, `${two}/payment.charge%232/reply`])
        expect(await listed(`text=${text}`), text).to.deep.equal([two]);
      expect(await listed('text=0199d3c4-0000-7000-8000-000000000000')).to.deep.equal([]);
    });

    it('finds a coupon whose id is a UUID', async () => {
      const couponId = '0199d3c4-0000-7000-8000-00000000c0de';
      const id = await at({ customerId: 'uuid', couponId });
      expect(await listed(`text=${couponId}`)).to.deep.equal([id]);
    });
  });

  describe('by time', () => {
    it('finds by creation and by the time in the state', async () => {
      const [old, young] = [await at({ customerId: 'time' }, ...CHARGING), await at({ customerId: 'time' })];
      await api.db.execute(
        `UPDATE orchestrator.sagas SET state_since = now() - interval '10 minutes' WHERE id = $1::uuid`,
        old,
      );
      const found = (query: string) => listed(`customerId=time&${query}`);
      expect(await found('minInStateMs=60000')).to.deep.equal([old]);
      expect(await found('maxInStateMs=60000')).to.deep.equal([young]);
      expect(await found('minInStateMs=660000')).to.deep.equal([]);
      expect(await found('sort=longestInState')).to.deep.equal([old, young]);
      expect(await found('maxAgeMs=60000')).to.deep.equal([young, old]);
      expect(await found('minAgeMs=60000')).to.deep.equal([]);
      const instant = (ms: number) => encodeURIComponent(new Date(Date.now() + ms).toISOString());
      expect(await found(`createdAfter=${instant(-60_000)}`)).to.deep.equal([young, old]);
      expect(await found(`createdAfter=${instant(60_000)}`)).to.deep.equal([]);
      expect(await found(`createdBefore=${instant(-600_000)}`)).to.deep.equal([]);
      expect(await found(`createdBefore=${instant(60_000)}`)).to.deep.equal([young, old]);
    });

    it('lists each saga once by the time in the state, though they move meanwhile', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 6; i++) ids.push(await at({ customerId: 'moving' }, ...CHARGING));
      const query = 'customerId=moving&sort=longestInState&limit=2';
      const first = await get(`/v1/sagas?${query}`);
      const seen = (first.items as Row[]).map(({ sagaId }) => String(sagaId));
      expect(seen).to.deep.equal(ids.slice(0, 2));
      // One that was listed, and one that was not.
      await api.engine.happen(ids[0] ?? '', declined);
      await api.engine.happen(ids[5] ?? '', declined);
      let cursor = first.nextCursor;
      for (let pages = 0; cursor !== null && pages < 10; pages++) {
        const body = await get(`/v1/sagas?${query}&cursor=${cursor}`);
        seen.push(...(body.items as Row[]).map(({ sagaId }) => String(sagaId)));
        cursor = body.nextCursor;
      }
      expect(seen).to.deep.equal(ids.slice(0, 5));
    });

    it('ends a list from the oldest on, though new sagas arrive', async () => {
      const ids = [await at({ customerId: 'endless' }), await at({ customerId: 'endless' })];
      const first = await get('/v1/sagas?customerId=endless&sort=oldest&limit=1');
      await at({ customerId: 'endless' });
      const next = await get(`/v1/sagas?customerId=endless&sort=oldest&limit=1&cursor=${first.nextCursor}`);
      expect((next.items as Row[]).map(({ sagaId }) => sagaId)).to.deep.equal([ids[1]]);
      expect(next.nextCursor).to.equal(null);
    });
  });

  describe('by failure', () => {
    const stuckIn = async (customerId: string, text: string) => {
      const id = await at({ customerId }, ...CHARGING, delayed(text));
      return id;
    };

    it('groups sagas that fail alike, whatever their numbers and ids', async () => {
      const [a, b] = [
        await stuckIn('alike', 'timed out after 3.5 s (req_9fA31xyz77)'),
        await stuckIn('alike', 'timed out after 12 s (req_77bC42abc01)'),
      ];
      const other = await stuckIn('alike', 'the connection was refused');
      const rows = await itemsOf('customerId=alike');
      const printOf = (id: string) =>
        (rows.find(({ sagaId }) => sagaId === id)?.lastFailure as Row | undefined)?.fingerprint;
      expect(printOf(a))
        .to.match(/^[0-9a-f]{16}$/)
        .and.equal(printOf(b))
        .and.not.equal(printOf(other));
      expect(await listed(`fingerprint=${printOf(a)}`)).to.deep.equal([b, a]);

      const counts = await get('/v1/sagas/counts?customerId=alike');
      expect(counts).to.include({ sagas: 3, isPartial: false, hasMoreErrors: false });
      const [largest] = counts.errors as Row[];
      expect(largest).to.include({
        fingerprint: printOf(a),
        participant: 'payment',
        code: 'gateway-unavailable',
        text: 'timed out after 3.5 s (req_9fA31xyz77)',
        sagas: 2,
        stuck: 0,
        sagaId: a,
      });
      const [state] = counts.states as Array<Row & { ages: number[] }>;
      expect(state).to.include({ state: 'chargingPayment', status: 'running', sagas: 3, stuck: 0 });
      expect(state?.ages).to.deep.equal([3, 0, 0, 0, 0, 0, 0]);
      // Given up, and not awaited: the saga has moved on without its reply.
      const gone = await at({ customerId: 'alike' }, ...CHARGING, delayed('timed out after 1 s'));
      expect((await get('/v1/sagas/counts?customerId=alike')).errors).to.have.length(3);
      const match = { 'if-match': await acting.etagOf(gone) };
      expect((await acting.act(gone, { action: 'compensate' }, match)).status).to.equal(202);
      await acting.taken(gone);
      expect(await listed('customerId=alike&state=compensating')).to.deep.equal([gone]);
      expect((await get('/v1/sagas/counts?customerId=alike')).errors).to.have.length(2);
      // Answered: it fails no more.
      await api.engine.happen(b, declined);
      expect(await listed(`fingerprint=${printOf(a)}`)).to.deep.equal([a]);
    });

    it('finds incidents, refused undos among them, and counts those of earlier builds by their code', async () => {
      const refused = await at({ customerId: 'failing' }, ...CHARGING, declined, {
        to: 'inventory.release',
        reply: 'inventory.releaseRefused',
        data: { code: 'no' },
      });
      const held = await at({ customerId: 'failing' }, ...CHARGING);
      await engineStore(api.db).raiseIncident(
        held,
        { code: 'parked', text: 'by hand', at: null },
        new Date(),
      );
      expect(await listed('customerId=failing&failedCompensation=true')).to.deep.equal([refused]);
      expect(await listed('failedCompensation=true'))
        .to.include(refused)
        .and.not.include(held);
      expect(await listed('customerId=failing&failedCompensation=false')).to.deep.equal([held]);
      expect(await listed('stuck=true')).to.include.members([refused, held]);
      expect(await listed('stuck=true&sort=oldest&customerId=failing')).to.deep.equal([refused, held]);
      expect(await listed('customerId=failing&text=by hand')).to.deep.equal([held]);
      const { errors } = await get('/v1/sagas/counts?customerId=failing');
      const groups = errors as Row[];
      expect(groups.map(({ code }) => code)).to.have.members(['undo-refused', 'parked']);
      expect(groups.find(({ code }) => code === 'undo-refused')).to.include({
        participant: 'inventory',
        stuck: 1,
      });
      expect(groups.find(({ code }) => code === 'parked')).to.include({
        fingerprint: 'parked',
        participant: null,
      });
      expect(await listed('customerId=failing&fingerprint=parked')).to.deep.equal([held]);
    });
  });

  describe('in counts', () => {
    it('are of active sagas unless the filter says otherwise', async () => {
      await at({ customerId: 'counted' }, ...CHARGING);
      await at({ customerId: 'counted' }, ...COMPLETED);
      const statesOf = async (query: string) =>
        ((await get(`/v1/sagas/counts?customerId=counted&${query}`)).states as Row[]).map(
          ({ state, sagas }) => [state, sagas],
        );
      expect(await statesOf('')).to.deep.equal([['chargingPayment', 1]]);
      expect(await statesOf('status=completed')).to.deep.equal([['completed', 1]]);
      expect(await statesOf('active=false')).to.deep.equal([['completed', 1]]);
      expect(await statesOf('status=failed')).to.deep.equal([]);
    });
  });

  describe('with a bad query', () => {
    const refusal = async (query: string) => {
      const { status, body } = await api.request(`/v1/sagas?${query}`, { as: 'viewer' });
      expect(status).to.equal(400);
      return String(body.detail);
    };

    it('names the filters, or the values, there are', async () => {
      expect(await refusal('colour=red')).to.match(
        /"colour" is unknown here; possible are .*status, state.*sku/,
      );
      expect(await refusal('status=lost'))
        .to.include('running')
        .and.include('compensating');
      expect(await refusal('stuck=yes')).to.include('"true"|"false"');
      expect(await refusal('sort=random')).to.include('longestInState');
      expect(await refusal('createdAfter=yesterday')).to.include('2026-11-30T03:00:00Z');
      expect(await refusal('minAmount=1.5')).to.include('/minAmount');
      expect(await refusal('minAgeMs=-1')).to.include('/minAgeMs');
      const counts = await api.request('/v1/sagas/counts?limit=1', { as: 'viewer' });
      expect(counts.status).to.equal(400);
      expect(String(counts.body.detail)).to.include('possible are status');
    });

    it('refuses the cursor of another list', async () => {
      await at({ customerId: 'cursors' });
      await at({ customerId: 'cursors' });
      const { nextCursor } = await get('/v1/sagas?customerId=cursors&limit=1');
      expect(await refusal(`customerId=others&limit=1&cursor=${nextCursor}`)).to.include('begin without it');
    });
  });
});
