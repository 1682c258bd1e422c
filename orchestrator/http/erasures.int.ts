/** Erasures over HTTP and on the command line: who may request one, and what is stored of it. */
import { expect } from 'chai';
import { openDatabase } from '#platform/postgres/database.ts';
import { run } from '../cli/program.ts';
import { eraseRound } from '../retention/round.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

const CUSTOMER = 'ann.noether@example.org';

describe('erasures over HTTP', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const request = (body: object, as: 'admin' | 'operator' | 'service' = 'admin') =>
    api.request('/v1/erasures', { as, body });
  const saga = async (args: string[], role: 'admin' | 'operator' = 'admin') => {
    const [out, err]: string[][] = [[], []];
    const code = await run(args, {
      environment: { SAGA_URL: api.url, SAGA_TOKEN: await api.token(role, 'ada') },
      local: { url: async () => null, token: () => api.token(role, 'ada') },
      out: (text) => void out?.push(text),
      say: (text) => void err?.push(text),
      ask: null,
      now: () => Date.now(),
      pause: async () => {},
      signal: new AbortController().signal,
    });
    return { code, out: (out ?? []).join('\n'), err: (err ?? []).join('\n') };
  };
  const actions = () =>
    api.db.query<{ action: string; actor: string; text: string }>(
      'SELECT action, actor, to_json(a)::text AS text FROM orchestrator.actions a ORDER BY seq',
    );

  it('belong to admins, and need a reason that does not name the customer', async () => {
    for (const role of ['operator', 'service'] as const)
      expect((await request({ customerId: CUSTOMER, reason: 'r' }, role)).status, role).to.equal(403);
    for (const body of [
      {},
      { customerId: CUSTOMER },
      { customerId: '', reason: 'r' },
      { customerId: CUSTOMER, reason: '' },
    ])
      expect((await request(body)).status, JSON.stringify(body)).to.equal(400);
    const named = await request({ customerId: CUSTOMER, reason: `requested by ${CUSTOMER.toUpperCase()}` });
    expect([named.status, named.body.detail]).to.deep.equal([
      400,
      'The reason names the customer, and the audit keeps it: leave the id out',
    ]);
    expect(await actions()).to.deep.equal([]);
  });

  it('wait for the retention process, one for each customer, and are entered into the audit without the id', async () => {
    const first = await request({ customerId: CUSTOMER, reason: 'letter 17' });
    expect(first.status).to.equal(202);
    expect(first.body).to.include({ state: 'waiting' });
    expect(first.headers.get('location')).to.equal(`/v1/erasures/${first.body.erasureId}`);
    const again = await request({ customerId: CUSTOMER, reason: 'letter 17' });
    expect(again.body).to.deep.equal(first.body);
    const shown = await api.request(`/v1/erasures/${first.body.erasureId}`, { as: 'admin' });
    expect(shown.body).to.deep.equal(first.body);
    const entries = await actions();
    expect(entries.map(({ action, actor }) => ({ action, actor }))).to.have.length(1);
    expect(entries[0]?.text).to.include(String(first.body.subject)).and.not.include(CUSTOMER);
  });

  it('end, and then nobody can be named', async () => {
    const db = openDatabase(api.databaseUrl, { pool: 5, processName: 'retention' });
    try {
      await eraseRound({ of: () => db, exportFolder: null, mailFolder: null, now: () => Date.now() });
    } finally {
      await db.close();
    }
    const { body } = await request({ customerId: CUSTOMER, reason: 'letter 18' });
    const [row] = await api.db.query<{ text: string }>(
      `SELECT to_json(e)::text AS text FROM orchestrator.erasures e WHERE state = 'done'`,
    );
    expect(row?.text).not.to.include(CUSTOMER);
    expect(body.state, 'a new request is a new one').to.equal('waiting');
    expect((await api.request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
    expect((await api.request(`/v1/erasures/${crypto.randomUUID()}`, { as: 'admin' })).status).to.equal(404);
    expect((await api.request('/v1/erasures/17', { as: 'admin' })).status).to.equal(400);
  });

  it('show in a dry run how many orders they concern, and request nothing', async () => {
    const [id] = [await api.placed({ customerId: 'cleo' }), await api.placed({ customerId: 'cleo' })];
    await api.engine.happen(id, 'order.created', { to: 'inventory.reserve', reply: 'inventory.refused' });
    const before = (await actions()).length;
    const plan = async (customerId: string) => {
      const { body } = await request({ customerId, reason: 'letter 19', dryRun: true });
      const { planHash, ...rest } = body;
      expect(planHash).to.match(/^[0-9a-f]{64}$/);
      return rest;
    };
    expect(await plan('cleo')).to.deep.equal({ dryRun: true, orders: 2, underWay: 1, waiting: false });
    expect(await plan('nobody')).to.deep.equal({ dryRun: true, orders: 0, underWay: 0, waiting: false });
    expect(await actions()).to.have.length(before);
    const dry = await saga(['erasure', 'request', 'cleo', '--dry-run']);
    expect(dry.out).to.equal(
      'It erases every personal field of 2 orders for good, once the 1 under way have ended',
    );
    await request({ customerId: 'cleo', reason: 'letter 19' });
    expect(await plan('cleo')).to.deep.include({ waiting: true });
    expect((await request({ customerId: 'cleo', reason: 'r', dryRun: true }, 'operator')).status).to.equal(
      403,
    );
  });

  it('are requested and shown on the command line, with an admin’s token', async () => {
    const request = ['erasure', 'request', 'bob@example.org'];
    expect((await saga([...request, '--yes'])).err).to.match(/Give --reason/);
    expect((await saga([...request, '--reason', 'r'])).code, 'it cannot ask').to.equal(3);
    expect((await saga([...request, '--reason', 'r', '--yes'], 'operator')).code).to.equal(4);
    const made = await saga([...request, '--reason', 'r', '--yes']);
    expect(made.code, made.err).to.equal(0);
    const [, id = '', state] = /^([0-9a-f-]{36}): (waiting)/.exec(made.out) ?? [];
    expect(state).to.equal('waiting');
    expect((await saga(['erasure', 'get', id])).out).to.equal(made.out);
    expect((await saga(['erasure', 'get', 'x'])).code).to.equal(2);
  });
});
