/** Sagas over HTTP, on the real stack: the paged list, one saga in full, and its history. */
import { expect } from 'chai';
import { replyId } from '#protocol/ids.ts';
import { engineStore } from '../store/engine-store.ts';
import { listSagas, type PageRequest } from '../store/list-sagas.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

type Row = Record<string, unknown>;

describe('sagas', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const get = async (path: string, as: 'viewer' | 'operator' = 'viewer') => {
    const { status, body, headers } = await api.request(path, { as });
    expect(status, JSON.stringify(body)).to.equal(200);
    return { body, headers };
  };
  const listed = async (query: string) => {
    const { body } = await get(`/v1/sagas?${query}`);
    return (body.items as Row[]).map(({ sagaId }) => sagaId);
  };
  const at = async (customerId: string, ...happenings: Parameters<TestApi['engine']['happen']>[1][]) => {
    const id = await api.placed({ customerId });
    await api.engine.happen(id, ...happenings);
    return id;
  };

  describe('in a list', () => {
    it('are listed newest first, page by page, each once, even while new ones arrive', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) ids.push(await at('pages'));
      const seen: unknown[] = [];
      let cursor = '';
      for (let pages = 0; pages < 10; pages++) {
        const { body } = await get(`/v1/sagas?customerId=pages&limit=2${cursor}`);
        seen.push(...(body.items as Row[]).map(({ sagaId }) => sagaId));
        if (body.nextCursor === null) break;
        cursor = `&cursor=${body.nextCursor}`;
        await at('pages');
      }
      expect(seen).to.deep.equal(ids.toSorted().reverse());
    });

    it('are filtered by status, state, customer and stuck', async () => {
      const charging = await at('filters', ...CHARGING);
      const completed = await at('filters', ...COMPLETED);
      const stuck = await at('filters', ...CHARGING);
      await engineStore(api.db).raiseIncident(
        stuck,
        { code: 'parked', text: 'a test', at: null },
        new Date(),
      );
      expect(await listed('customerId=filters&status=completed')).to.deep.equal([completed]);
      expect(await listed('customerId=filters&state=chargingPayment')).to.have.members([stuck, charging]);
      expect(await listed('customerId=filters&stuck=true')).to.deep.equal([stuck]);
      expect(await listed('customerId=filters&stuck=false')).to.have.members([completed, charging]);
      expect(await listed('stuck=true')).to.deep.equal([stuck]);
      expect(await listed('status=running'))
        .to.include.members([stuck, charging])
        .and.not.include(completed);
      expect(await listed('status=completed'))
        .to.include(completed)
        .and.not.include(charging);
    });

    it('match a state by its child states too', async () => {
      const back = await at('below', ...CHARGING, {
        to: 'payment.charge',
        reply: 'payment.declined',
        data: { code: 'x' },
      });
      expect(await listed('customerId=below&state=compensating')).to.deep.equal([back]);
      expect(await listed('customerId=below&state=compens')).to.deep.equal([]);
    });

    it('go on after a page that the row bound cut short', async () => {
      const ids = [await at('bound', ...COMPLETED), await at('bound'), await at('bound')];
      const query: PageRequest = {
        filter: { status: 'completed', customerId: 'bound' },
        sort: 'newest',
        fields: [],
        asOfMs: Date.now(),
        after: null,
        limit: 10,
      };
      const first = await listSagas(api.db, query, 2);
      expect(first.items).to.deep.equal([]);
      expect(first.next?.id).to.be.a('string');
      const second = await listSagas(api.db, { ...query, after: first.next }, 2);
      expect(second.items.map(({ id }) => id)).to.deep.equal([ids[0]]);
      expect(second.next).to.equal(null);
    });

    it('show neither address nor means of payment', async () => {
      await at('private');
      const { body } = await get('/v1/sagas?customerId=private', 'operator');
      expect(body.items).to.have.length(1);
      expect(JSON.stringify(body)).not.to.match(/Hidden Street|pm_card/);
    });
  });

  describe('one by one', () => {
    it('show the awaited commands, the finished and the remaining steps', async () => {
      const id = await at('one', ...CHARGING);
      const { body, headers } = await get(`/v1/sagas/${id}`);
      expect(headers.get('etag')).to.equal(`"${body.revision}"`);
      expect(body).to.include({ state: 'chargingPayment', status: 'running', stuck: false, version: 2 });
      const [waits] = body.waitsFor as Row[];
      expect(waits).to.include({
        commandId: `${id}/payment.charge`,
        participant: 'payment',
        read: false,
        attempts: 1,
      });
      expect(Date.parse(String(waits?.since))).to.be.closeTo(Date.now(), 60_000);
      expect(Date.parse(String(waits?.deadline))).to.be.greaterThan(Date.now());
      expect((body.timers as Row[]).map(({ name }) => name)).to.deep.equal(['chargeDeadline']);
      expect((body.stepsDone as Row[]).map(({ type }) => type)).to.deep.equal(['inventory.reserve']);
      expect((body.stepsRemaining as Row[]).map(({ type }) => type)).to.deep.equal([
        'payment.charge',
        'inventory.confirm',
        'shipping.prepare',
      ]);
      expect(body.endsAs).to.deep.equal({ state: 'completed', status: 'completed', complete: true });
    });

    it('show the remaining compensations', async () => {
      const charged = { chargeId: 'ch', amount: 1, currency: 'EUR' };
      const id = await at(
        'back',
        ...CHARGING,
        { to: 'payment.charge', reply: 'payment.charged', data: charged },
        {
          to: 'inventory.confirm',
          reply: 'inventory.confirmRefused',
          data: { code: 'gone' },
        },
      );
      const { body } = await get(`/v1/sagas/${id}`);
      expect((body.stepsRemaining as Row[]).map(({ type }) => type)).to.deep.equal([
        'payment.refund',
        'inventory.release',
      ]);
      expect(body.endsAs).to.include({ state: 'failed', complete: true });
    });

    it('leave out the fields that need the definition, where this API lacks it', async () => {
      const id = await at('unknown', ...CHARGING);
      await api.db.execute('UPDATE orchestrator.sagas SET definition_version = 9 WHERE id = $1::uuid', id);
      const unknown = { waitsFor: null, timers: null, stepsDone: null, stepsRemaining: null, endsAs: {} };
      expect((await get(`/v1/sagas/${id}`)).body).to.deep.include(unknown);
    });

    it('show viewers neither street nor means of payment, but operators both', async () => {
      const id = await at('masked');
      expect(JSON.stringify((await get(`/v1/sagas/${id}`)).body)).not.to.match(/Hidden Street|pm_card/);
      expect(JSON.stringify((await get(`/v1/sagas/${id}`, 'operator')).body))
        .to.match(/Hidden Street/)
        .and.match(/pm_card/);
    });

    it('keep the revision while only lastFailure changes, so that an operator’s action stays valid', async () => {
      const id = await at('lastFailure', ...CHARGING);
      const before = (await get(`/v1/sagas/${id}`)).headers.get('etag');
      await api.engine.happen(id, {
        to: 'payment.charge',
        reply: 'payment.delayed',
        data: { code: 'slow', text: 'wait' },
      });
      const { body, headers } = await get(`/v1/sagas/${id}`);
      expect(headers.get('etag')).to.equal(before);
      expect(body.lastFailure).to.include({ code: 'slow', text: 'wait' });
      expect(body.version).to.equal(3);
    });
  });

  describe('in their history', () => {
    it('show every transition, unmatched message, resend and waiting action, oldest first, without personal data', async () => {
      const id = await at('history', ...CHARGING);
      await engineStore(api.db).recordUnmatched(
        [{ incoming: unmatched(id), reason: 'not-awaited' }],
        new Date(),
      );
      const sent = {
        endOffset: 0,
        readAt: null,
        unread: true,
        nextAt: null,
        resentAt: [Date.now()],
        attempts: 1,
      };
      await api.db.execute(
        'UPDATE orchestrator.sagas SET sweep_state = $2::json WHERE id = $1::uuid',
        id,
        JSON.stringify({ sent: { [`${id}/payment.charge`]: sent } }),
      );
      const request = { body: { action: 'retry', reason: 'x' }, headers: { 'if-match': '"2"' } };
      await api.request(`/v1/sagas/${id}/actions`, { as: 'operator', ...request });
      const { body } = await get(`/v1/sagas/${id}/history`, 'operator');
      const events = body.events as Row[];
      const kinds = ['transition', 'transition', 'unmatched', 'resend', 'action'];
      expect(events.map(({ kind }) => kind)).to.have.members(kinds);
      const times = events.map(({ at: time }) => Date.parse(String(time)));
      expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
      expect(events.find(({ kind }) => kind === 'unmatched')).to.include({ reason: 'not-awaited', count: 1 });
      expect(events.find(({ kind }) => kind === 'resend')).to.include({ commandId: `${id}/payment.charge` });
      expect(JSON.stringify(body)).not.to.match(/Hidden Street|pm_card/);
    });

    it('show the findings of an undo', async () => {
      const id = await at(
        'tombstones',
        ...CHARGING,
        { to: 'payment.charge', reply: 'payment.declined', data: { code: 'x' } },
        {
          to: 'inventory.release',
          reply: 'inventory.released',
          data: { found: {} },
        },
      );
      const [entry] = await api.db.query<{ id: string }>(
        `SELECT message_id AS id FROM orchestrator.journal WHERE saga_id = $1::uuid AND type = 'inventory.released'`,
        id,
      );
      expect(entry?.id).to.equal(replyId(`${id}/inventory.release`));
      const { body } = await get(`/v1/sagas/${id}/history`);
      const released = (body.events as Row[]).find(({ type }) => type === 'inventory.released');
      expect(released?.received).to.deep.include({
        data: { found: {} },
        commandId: `${id}/inventory.release`,
      });
      expect(released).to.include({ from: 'compensating.releasingInventory', to: 'failed' });
    });
  });
});

function unmatched(sagaId: string) {
  const commandid = `${sagaId}/shipping.prepare`;
  const envelope = {
    specversion: '1.0',
    id: replyId(commandid),
    type: 'shipping.prepared',
    source: '/shipping',
    time: new Date().toISOString(),
    subject: sagaId,
    datacontenttype: 'application/json',
    commandid,
    data: { shipmentId: 'sh' },
  } as const;
  return { envelope, origin: { topic: 'shipping-prepared', partition: 0, offset: 0 } };
}
