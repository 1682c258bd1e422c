/** Live events on the real stack: what a client receives, what it misses and what comes twice: neither, however it is cut. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { engineStore } from '../store/engine-store.ts';
import { PAGE_MOVES, PAGES, TICK_MS } from './live/feed.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';
import { type EventClient, openCuttableProxy, openEvents, received } from './testing/event-client.ts';

const MOVES = PAGE_MOVES * PAGES;

describe('live events', () => {
  let api: TestApi;
  const statements: string[] = [];
  before(async () => {
    api = await startTestApi({ streams: { each: 1_200 }, watch: recording });
  });
  after(() => api?.close());

  /** The database, with every statement recorded that live events send. */
  function recording(db: Database): Pick<Database, 'query'> {
    return {
      query(text, ...values) {
        statements.push(text);
        return db.query(text, ...values);
      },
    };
  }

  /** Journal rows of one saga, all in one transaction, after its last version. */
  const addMoves = (id: string, count: number) =>
    api.db.execute(
      `INSERT INTO orchestrator.journal (saga_id, message_id, version, at, type, from_state, to_state, message, change, out,
         origin_topic, origin_partition, origin_offset)
       SELECT $1::uuid, gen_random_uuid()::text, m.version + n, now(), 'test.moved', 'chargingPayment', 'chargingPayment',
         '{}', '{}', '[]', 'test', 0, 0
         FROM generate_series(1, $2::int) n,
           (SELECT max(version) AS version FROM orchestrator.journal WHERE saga_id = $1::uuid) m`,
      id,
      count,
    );

  describe('of one saga', () => {
    it('show each move as it happens, under its version', async () => {
      const id = await api.placed();
      const client = await openEvents(api, `/v1/sagas/${id}/events`);
      const [opened] = await received(client, 'open', 1);
      expect(opened).to.include({ sagaId: id, version: 0, state: 'created', status: 'running' });
      await api.engine.happen(id, ...COMPLETED);
      const moves = await received(client, 'move', 5);
      expect(moves.map(({ version, to }) => [version, to])).to.deep.equal([
        [1, 'reservingInventory'],
        [2, 'chargingPayment'],
        [3, 'confirmingInventory'],
        [4, 'preparingShipping'],
        [5, 'completed'],
      ]);
      expect(moves.at(-1)).to.include({ status: 'completed', type: 'shipping.prepared', stuck: false });
      expect(client.lastId()).to.equal('5');
      client.close();
    });

    it('go on after the last one received, however long ago, and begin nowhere else', async () => {
      const id = await api.placed();
      await api.engine.happen(id, ...COMPLETED);
      const client = await openEvents(api, `/v1/sagas/${id}/events`, { lastEventId: '2' });
      expect((await received(client, 'move', 3)).map(({ version }) => version)).to.deep.equal([3, 4, 5]);
      expect(client.events.map(({ event }) => event)).not.to.include('open');
      client.close();
      const restored = await openEvents(api, `/v1/sagas/${id}/events`, { lastEventId: '99' });
      expect(await received(restored, 'reset', 1)).to.deep.equal([{ reason: 'unknown-position' }]);
      restored.close();
      for (const lastEventId of ['x', '-1', '99999999999'])
        expect((await openEvents(api, `/v1/sagas/${id}/events`, { lastEventId })).status).to.equal(400);
    });

    it('miss none where more happens at once than one read takes', async () => {
      const id = await api.placed();
      await api.engine.happen(id, ...CHARGING);
      const client = await openEvents(api, `/v1/sagas/${id}/events`);
      await received(client, 'open', 1);
      await addMoves(id, MOVES + 500);
      const versions = (await received(client, 'move', MOVES + 500)).map(({ version }) => version);
      expect(versions).to.deep.equal(Array.from({ length: MOVES + 500 }, (_, i) => i + 3));
      client.close();
    });
  });

  describe('of a list', () => {
    it('show the moves that match, and those that take a saga out of the list', async () => {
      const client = await openEvents(api, '/v1/sagas/events?customerId=lists&state=chargingPayment');
      await received(client, 'open', 1);
      const id = await api.placed({ customerId: 'lists' });
      const other = await api.placed({ customerId: 'another' });
      for (const one of [id, other]) await api.engine.happen(one, ...COMPLETED);
      const moves = await received(client, 'move', 2);
      expect(moves.map(({ sagaId, to, matches }) => [sagaId, to, matches])).to.deep.equal([
        [id, 'chargingPayment', true],
        [id, 'confirmingInventory', false],
      ]);
      client.close();
    });

    it('are filtered by status and by stuck', async () => {
      const id = await api.placed();
      await api.engine.happen(id, ...CHARGING);
      const [stuck, ended] = [
        await openEvents(api, '/v1/sagas/events?stuck=true'),
        await openEvents(api, '/v1/sagas/events?status=completed'),
      ];
      await Promise.all([received(stuck, 'open', 1), received(ended, 'open', 1)]);
      const parked = { to: 'payment.charge', reply: 'payment.parked', data: { code: 'x', text: 'y' } };
      await api.engine.happen(id, parked);
      const [raised] = await received(stuck, 'move', 1);
      expect(raised).to.include({ sagaId: id, stuck: true, incident: 'parked', matches: true });
      const done = await api.placed();
      await api.engine.happen(done, ...COMPLETED);
      const moves = await received(ended, 'move', 1);
      expect(moves.map(({ sagaId, to }) => [sagaId, to])).to.deep.equal([[done, 'completed']]);
      const seen = stuck.events.filter(({ event }) => event === 'move');
      expect(seen, JSON.stringify(seen)).to.have.length(1);
      for (const client of [stuck, ended]) client.close();
    });

    it('count the active sagas, and again when the numbers have changed', async () => {
      const client = await openEvents(api, '/v1/sagas/events?moves=false&counts=true');
      const [first] = await received(client, 'counts', 1);
      const id = await api.placed();
      await api.engine.happen(id, ...CHARGING);
      const outside = { code: 'parked', text: 'by the engine', at: null };
      await engineStore(api.db).raiseIncident(id, outside, new Date());
      const second = (await received(client, 'counts', 2)).at(-1);
      expect(Number(second?.stuck)).to.equal(Number(first?.stuck) + 1);
      expect(second?.states).to.be.an('array').with.length.greaterThan(0);
      expect(client.events.filter(({ event }) => event === 'move')).to.deep.equal([]);
      client.close();
    });

    it('refuse what a list cannot follow, with the reason', async () => {
      for (const query of ['stalled=true', 'status=lost', 'stuck=yes', 'customerId=%00', 'limit=3'])
        expect((await openEvents(api, `/v1/sagas/events?${query}`)).status, query).to.equal(400);
      expect((await openEvents(api, '/v1/sagas/events', { lastEventId: 'nonsense' })).status).to.equal(400);
      expect((await openEvents(api, '/v1/sagas/events', { as: 'customer' })).status).to.equal(403);
      expect((await openEvents(api, '/v1/sagas/events', { token: 'forged' })).status).to.equal(401);
      const unknown = '0199d3c4-0000-7000-8000-000000000000';
      expect((await openEvents(api, `/v1/sagas/${unknown}/events`)).status).to.equal(404);
    });

    it('miss nothing and repeat nothing, however often the connection is cut', async () => {
      const proxy = await openCuttableProxy(api.url);
      const customerId = 'cut';
      const path = `/v1/sagas/events?customerId=${customerId}`;
      const first = await openEvents(api, path, { url: proxy.url });
      await received(first, 'open', 1);
      const seen: string[] = [];
      let lastEventId = first.lastId();
      let isWriting = true;
      const follow = async () => {
        let client = first;
        for (;;) {
          const isDone = () => client.isClosed() || !isWriting;
          await waitUntil(isDone, Boolean);
          if (!client.isClosed()) await pause(4 * TICK_MS);
          client.close();
          seen.push(
            ...client.events.filter(({ event }) => event !== 'open').map((one) => one.event + one.data),
          );
          lastEventId = client.lastId();
          if (!client.isClosed() || !isWriting) return;
          client = await openEvents(api, path, { url: proxy.url, lastEventId });
        }
      };
      const following = follow();
      let cuts = 0;
      for (let i = 0; i < 40; i++) {
        const id = await api.placed({ customerId });
        await api.engine.happen(id, ...COMPLETED);
        if (i % 4 === 3) cuts += proxy.cut();
      }
      isWriting = false;
      await following;
      // What the last connection had not received.
      const last = await openEvents(api, path, { lastEventId });
      await pause(4 * TICK_MS);
      seen.push(...last.events.map((one) => one.event + one.data));
      last.close();
      await proxy.close();
      const sagas = await api.db.query<{ id: string }>(
        'SELECT id::text FROM orchestrator.sagas WHERE customer_id = $1::text',
        customerId,
      );
      const rows = await api.db.query<{ key: string }>(
        `SELECT saga_id || ' ' || version AS key FROM orchestrator.journal WHERE saga_id = ANY($1::uuid[])
          ORDER BY xid, saga_id, version`,
        sagas.map(({ id }) => id),
      );
      const moves = seen.map((text) => {
        expect(text).to.match(/^move\{/);
        const { sagaId, version } = JSON.parse(text.slice(4)) as { sagaId: string; version: number };
        return `${sagaId} ${version}`;
      });
      expect(cuts).to.be.at.least(5);
      expect(rows).to.have.length(200);
      expect(moves).to.deep.equal(rows.map(({ key }) => key));
    });

    it('wait for a transaction that is still open, so that none slips in before a position', async () => {
      const client = await openEvents(api, '/v1/sagas/events?customerId=open');
      await received(client, 'open', 1);
      const [slow, quick] = [
        await api.placed({ customerId: 'open' }),
        await api.placed({ customerId: 'open' }),
      ];
      let commit = () => {};
      const held = new Promise<void>((resolve) => {
        commit = resolve;
      });
      let isInserted = false;
      const transaction = api.db.transaction(async (sql) => {
        await sql.execute(
          `INSERT INTO orchestrator.journal (saga_id, message_id, version, at, type, from_state, to_state, message, change,
             out, origin_topic, origin_partition, origin_offset)
           VALUES ($1::uuid, 'm', 1, now(), 't', 'created', 'chargingPayment', '{}', '{}', '[]', 'x', 0, 0)`,
          slow,
        );
        isInserted = true;
        await held;
      });
      await waitUntil(() => isInserted, Boolean);
      await api.engine.happen(quick, 'order.created');
      await pause(3 * TICK_MS);
      expect(client.events.filter(({ event }) => event === 'move')).to.deep.equal([]);
      commit();
      await transaction;
      const moves = await received(client, 'move', 2);
      expect(moves.map(({ sagaId }) => sagaId)).to.deep.equal([slow, quick]);
      client.close();
    });

    it('wait for no transaction of another database of the server', async () => {
      const url = new URL(api.databaseUrl);
      url.pathname = '/postgres';
      const elsewhere = openDatabase(url.href, { pool: 1, processName: 'api', plans: 'probes' });
      const client = await openEvents(api, '/v1/sagas/events?customerId=elsewhere');
      await received(client, 'open', 1);
      await elsewhere.transaction(async (sql) => {
        const [open] = await sql.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
        const id = await api.placed({ customerId: 'elsewhere' });
        await api.engine.happen(id, 'order.created');
        const [move] = await received(client, 'move', 1);
        expect(move).to.include({ sagaId: id, to: 'reservingInventory' });
        const [xid = ''] = (client.lastId() ?? '').split('.');
        expect(BigInt(xid) > BigInt(open?.xid ?? 0), 'the move is later than the open transaction').to.equal(
          true,
        );
      });
      client.close();
      await elsewhere.close();
    });

    it('resume each after its own last move, several at once', async () => {
      const id = await api.placed({ customerId: 'several' });
      await api.engine.happen(id, 'order.created');
      const path = '/v1/sagas/events?customerId=several';
      const idle = await openEvents(api, path);
      await received(idle, 'open', 1);
      await addMoves(id, 2_500);
      await received(idle, 'move', 2_500);
      const [xid = ''] = (idle.events.at(-1)?.id ?? '').split('.');
      const wanted = [1, 700, 1_400, 2_400];
      const clients = await Promise.all(
        wanted.map((version) => openEvents(api, path, { lastEventId: `${xid}.${id}.${version}` })),
      );
      for (const [i, from] of wanted.entries()) {
        const client = clients[i] ?? idle;
        const versions = (await received(client, 'move', 2_501 - from)).map(({ version }) => version);
        expect(versions).to.deep.equal(Array.from({ length: 2_501 - from }, (_, n) => from + 1 + n));
      }
      for (const client of [idle, ...clients]) client.close();
    });

    it('begin anew where the position is too far behind, or none of this database', async () => {
      const id = await api.placed();
      await api.engine.happen(id, ...CHARGING);
      const client = await openEvents(api, '/v1/sagas/events?customerId=nobody');
      await received(client, 'open', 1);
      const lastEventId = client.lastId();
      client.close();
      await addMoves(id, MOVES + 1);
      const behind = await openEvents(api, '/v1/sagas/events', { lastEventId });
      expect(await received(behind, 'reset', 1)).to.deep.equal([{ reason: 'too-far-behind' }]);
      behind.close();
      const unknown = await openEvents(api, '/v1/sagas/events', { lastEventId: '18446744073709551615' });
      expect(await received(unknown, 'reset', 1)).to.deep.equal([{ reason: 'unknown-position' }]);
      unknown.close();
    });
  });

  it('disconnect a client that does not read, and keep the others', async () => {
    const customerId = 'x'.repeat(3_000);
    const id = await api.placed({ customerId: 'slow' });
    await api.engine.happen(id, ...CHARGING);
    // Long events, for the kernel takes some megabytes before this process has to keep any.
    await api.db.execute(
      'UPDATE orchestrator.sagas SET customer_id = $2 WHERE id = $1::uuid',
      id,
      customerId,
    );
    const other = await openEvents(api, '/v1/sagas/events?customerId=reader');
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname).pause();
    const token = await api.token('viewer', 'sleeper');
    socket.write(`GET /v1/sagas/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    socket.on('error', () => {});
    const cut = async () => {
      const metrics = await (await fetch(`${api.url}/metrics`)).text();
      return Number(/live_streams_cut_total\{reason="too-slow"\} (\d+)/.exec(metrics)?.[1] ?? 0);
    };
    const before = await cut();
    await received(other, 'open', 1);
    await waitUntil(
      async () => {
        await addMoves(id, 5_000);
        await pause(2 * TICK_MS);
        return (await cut()) - before;
      },
      (count) => count > 0,
      { what: 'the disconnection' },
    );
    expect(await cut()).to.equal(before + 1);
    socket.destroy();
    expect(other.isClosed()).to.equal(false);
    const last = await api.placed({ customerId: 'reader' });
    await api.engine.happen(last, 'order.created');
    await waitUntil(
      () => other.events.at(-1)?.data ?? '',
      (data) => data.includes(last),
    );
    other.close();
  });

  it('end with the token, within seconds, and with the reason', async () => {
    const [ended, other] = [
      await openEvents(api, '/v1/sagas/events?customerId=nobody', { subject: 'vera' }),
      await openEvents(api, '/v1/sagas/events?customerId=nobody', { subject: 'victor' }),
    ];
    await Promise.all([received(ended, 'open', 1), received(other, 'open', 1)]);
    const body = { subject: 'vera', reason: 'she left' };
    expect((await api.request('/v1/ended-tokens', { as: 'admin', body })).status).to.equal(201);
    expect(await received(ended, 'end', 1)).to.deep.equal([{ reason: 'token-ended' }]);
    await waitUntil(() => ended.isClosed(), Boolean);
    expect(other.isClosed()).to.equal(false);
    other.close();
  });

  it('cost one statement a tick for 1,000 listeners, and none without a listener', async () => {
    const quiet = async () => {
      const before = statements.length;
      await pause(3 * TICK_MS);
      return statements.length - before;
    };
    await waitUntil(quiet, (count) => count === 0);
    const id = await api.placed({ customerId: 'crowd' });
    await api.engine.happen(id, 'order.created');
    const clients: EventClient[] = [];
    // Some at a time: how many may come at once is no matter of this test.
    while (clients.length < 1_000) {
      const opening = Array.from({ length: 50 }, (_, i) =>
        openEvents(api, i % 2 === 0 ? '/v1/sagas/events?customerId=crowd' : `/v1/sagas/${id}/events`),
      );
      clients.push(...(await Promise.all(opening)));
    }
    expect(new Set(clients.map(({ status }) => status))).to.deep.equal(new Set([200]));
    const all = (kind: string) =>
      waitUntil(
        () => clients.filter(({ events }) => !events.some(({ event }) => event === kind)).length,
        (missing) => missing === 0,
      );
    await all('open');
    await pause(3 * TICK_MS);
    const [from, startedAt] = [statements.length, Date.now()];
    await api.engine.happen(id, { to: 'inventory.reserve', reply: 'inventory.reserved' });
    await all('move');
    await waitUntil(
      () => statements.length - from,
      (count) => count >= 5,
    );
    const ticks = (Date.now() - startedAt) / TICK_MS;
    const sent = statements.slice(from);
    expect(sent.length).to.be.at.most(Math.ceil(ticks) + 1);
    expect(new Set(sent).size).to.equal(1);
    for (const one of clients) one.close();
    await waitUntil(quiet, (count) => count === 0);
  });
});

describe('the number of live streams', () => {
  it('is bounded, by person and in all; a closed one makes room, and the API’s end ends all', async () => {
    const api = await startTestApi({ streams: { all: 3, each: 2 } });
    const opened = [
      await openEvents(api, '/v1/sagas/events', { subject: 'a' }),
      await openEvents(api, '/v1/sagas/events', { subject: 'a' }),
    ];
    expect((await openEvents(api, '/v1/sagas/events', { subject: 'a' })).status).to.equal(429);
    opened.push(await openEvents(api, '/v1/sagas/events', { subject: 'b' }));
    expect((await openEvents(api, '/v1/sagas/events', { subject: 'c' })).status).to.equal(503);
    opened[0]?.close();
    const next = await waitUntil(
      () => openEvents(api, '/v1/sagas/events', { subject: 'c' }),
      ({ status }) => status === 200,
    );
    await received(next, 'open', 1);
    await api.close();
    expect(await received(next, 'end', 1)).to.deep.equal([{ reason: 'shutting-down' }]);
  });
});
