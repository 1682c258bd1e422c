/** Saved views on the real stack: kept, shared, planned, replaced and deleted, each an entry of the audit. */
import { expect } from 'chai';
import type { Role } from '#platform/process/auth-tokens.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

type Row = Record<string, unknown>;

describe('saved views', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const get = async (path: string, as: Role = 'viewer', subject?: string): Promise<Row> => {
    const { status, body } = await api.request(path, { as, ...(subject !== undefined && { subject }) });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const save = (body: Row, as: 'viewer' | 'operator' = 'operator', subject = 'olga') =>
    api.request('/v1/views', { as, subject, body: { reason: 'a test', ...body } });
  const filter = { stuck: true, minInStateMs: 60_000, sku: 'blue-mug' };

  it('keeps, shows, replaces and deletes one, each an entry of the audit that quotes no value', async () => {
    const made = await save({ name: 'stuck mugs', filter, sort: 'oldest', reason: 'night shift' });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    expect(made.body).to.deep.include({ filter, sort: 'oldest', shared: false, owner: 'olga' });
    const self = String(made.headers.get('location'));
    expect(await get(self, 'operator', 'olga')).to.deep.equal(made.body);
    const { links } = made.body as { links: { sagas: string } };
    expect((await get(links.sagas)).items).to.deep.equal([]);

    const body = { name: 'all stuck', filter: { stuck: true }, shared: true, reason: 'for the shift' };
    const changed = await api.request(self, { method: 'PUT', as: 'operator', subject: 'olga', body });
    expect(changed.status).to.equal(200);
    expect(changed.body).to.deep.include({ name: 'all stuck', filter: { stuck: true }, sort: 'newest' });
    const gone = await api.request(`${self}?reason=not+needed`, {
      method: 'DELETE',
      as: 'operator',
      subject: 'olga',
    });
    expect(gone.body).to.deep.equal(changed.body);
    expect((await api.request(self, { as: 'operator', subject: 'olga' })).status).to.equal(404);

    const entries = await api.db.query<{ action: string; reason: string; params: Row }>(
      `SELECT action, reason, params FROM orchestrator.actions WHERE actor = 'olga' ORDER BY seq`,
    );
    expect(entries.map(({ action, reason }) => [action, reason])).to.deep.equal([
      ['save-view', 'night shift'],
      ['change-view', 'for the shift'],
      ['delete-view', 'not needed'],
    ]);
    expect(entries[0]?.params).to.deep.include({ filters: ['stuck', 'minInStateMs', 'sku'] });
    expect(JSON.stringify(entries)).not.to.include('blue-mug');
    expect(await get('/v1/audit/verify', 'operator')).to.include({
      holds: true,
    });
  });

  it('shows everybody the shared ones, and their own only to their owners', async () => {
    const shared = await save({ name: 'shared', filter: {}, shared: true });
    const own = await save({ name: 'own', filter: {} });
    const namesOf = async (subject: string) =>
      ((await get('/v1/views', 'viewer', subject)).items as Row[]).map(({ name }) => name);
    expect(await namesOf('vera')).to.deep.equal(['shared']);
    expect(await namesOf('olga')).to.deep.equal(['own', 'shared']);
    const [sharedAt, ownAt] = [shared, own].map(({ headers }) => String(headers.get('location')));
    const vera = { as: 'viewer', subject: 'vera' } as const;
    expect((await api.request(ownAt ?? '', vera)).status).to.equal(404);
    expect((await api.request(sharedAt ?? '', vera)).status).to.equal(200);
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? { body: { name: 'mine', filter: {}, reason: 'a test' } } : {};
      const why = method === 'PUT' ? '' : '?reason=a+test';
      expect((await api.request(ownAt + why, { ...vera, method, ...body })).status).to.equal(404);
      expect((await api.request(sharedAt + why, { ...vera, method, ...body })).status).to.equal(403);
    }
    const admin = { as: 'admin', subject: 'ada', method: 'DELETE' } as const;
    expect((await api.request(`${ownAt}?reason=a+test`, admin)).status).to.equal(404);
    expect((await api.request(`${sharedAt}?reason=a+test`, admin)).status).to.equal(200);
  });

  it('plans each change, and refuses it where the view is another one by now', async () => {
    const olga = { as: 'operator', subject: 'olga' } as const;
    const draft = { name: 'planned', filter: { stuck: true } };
    const held = { ...draft, sort: 'newest', shared: false };
    const creation = await save({ ...draft, dryRun: true });
    expect(creation.status, JSON.stringify(creation.body)).to.equal(200);
    expect(creation.body).to.deep.include({ dryRun: true, view: held, before: null });
    const other = await save({ ...draft, name: 'other', planHash: creation.body.planHash });
    expect(other.status, 'the plan is of another name').to.equal(412);
    const made = await save({ ...draft, planHash: creation.body.planHash });
    expect(made.status).to.equal(201);
    const self = String(made.headers.get('location'));

    const change = { name: 'planned', filter: { paused: true }, reason: 'a test' };
    const put = (body: Row) => api.request(self, { ...olga, method: 'PUT', body: { ...change, ...body } });
    const remove = (query: string) =>
      api.request(`${self}?reason=a+test${query}`, { ...olga, method: 'DELETE' });
    const { body: replacement } = await put({ dryRun: true });
    expect(replacement.before).to.deep.include({ ...held, owner: 'olga' });
    const { body: deletion } = await remove('&dryRun=true');
    expect(deletion).to.deep.include({ view: null, before: replacement.before });
    expect(await get(self, 'operator', 'olga')).to.deep.equal(made.body);

    expect((await put({ planHash: replacement.planHash })).status).to.equal(200);
    const late = await remove(`&planHash=${deletion.planHash}`);
    expect(late.status).to.equal(412);
    expect((late.body.plan as Row).before).to.deep.include({ filter: { paused: true } });
    const twice = await put({ planHash: replacement.planHash });
    expect(twice.status).to.equal(412);
    const hash = (late.body.plan as Row).planHash;
    expect((await remove(`&planHash=${hash}`)).status).to.equal(200);
    expect((await remove('')).status).to.equal(404);
    expect((await save({ ...draft, reason: undefined })).status, 'without a reason').to.equal(400);
  });

  it('refuses what is no filter, a name that is taken, and a viewer who shares', async () => {
    expect((await save({ name: 'viewers', filter: {}, shared: true }, 'viewer', 'vera')).status).to.equal(
      403,
    );
    expect((await save({ name: 'viewers', filter: {} }, 'viewer', 'vera')).status).to.equal(201);
    expect((await save({ name: 'viewers', filter: {} }, 'viewer', 'vera')).status).to.equal(409);
    expect((await save({ name: 'viewers', filter: {} })).status).to.equal(201);
    for (const body of [
      { name: 'x', filter: { colour: 'red' } },
      { name: 'x', filter: { stuck: 'true' } },
      { name: 'x', filter: {}, sort: 'random' },
      { name: ' ', filter: {} },
      { name: 'x', filter: { text: '\u0000' } },
    ]) {
      const { status, body: problem } = await save(body);
      expect(status, JSON.stringify(problem)).to.equal(400);
    }
  });

  it('keeps a bounded number', async () => {
    await api.db.execute(
      `INSERT INTO orchestrator.saved_views SELECT gen_random_uuid(), 'many', n::text, '{}', 'newest', false, now(), now(), 'many'
         FROM generate_series(1, 100) n`,
    );
    const { status, body } = await save({ name: 'one more', filter: {} }, 'viewer', 'many');
    expect(status).to.equal(409);
    expect(String(body.detail)).to.include('delete unused ones');
  });
});
