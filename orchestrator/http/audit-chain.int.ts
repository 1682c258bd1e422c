/** The audit's chain: whole when many actions come at once, closed to changes, and broken where a change was forced. */
import { expect } from 'chai';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { actionStore } from '../store/action-store.ts';
import { brokenLink } from '../store/audit-chain.ts';
import { actingAt } from './testing/acting.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

describe('an action', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());
  const { charging, etagOf, act } = actingAt(() => api);

  it('keeps the audit in one chain when twenty arrive at once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, charging));
    const answers = await Promise.all(
      ids.map(async (id) =>
        act(id, { action: 'retry', reason: 'ü "quoted" \\ text' }, { 'if-match': await etagOf(id) }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([202]));
    const links = await actionStore(api.db, openPrisma(api.db)).chain(0, 1_000);
    expect(links.length).to.be.at.least(20);
    expect(brokenLink(links)).to.equal(null);
    const verify = async () => (await api.request('/v1/audit/verify', { as: 'viewer' })).body;
    expect(await verify()).to.deep.equal({ holds: true, entries: links.length, head: links.at(-1)?.hash });
    const { body: page } = await api.request('/v1/audit?limit=5', { as: 'viewer' });
    expect((page.items as Array<{ seq: number }>).map(({ seq }) => seq)).to.deep.equal(
      [0, 1, 2, 3, 4].map((i) => links.length - i),
    );
    const { body: rest } = await api.request(`/v1/audit?limit=1&cursor=${page.nextCursor}`, { as: 'viewer' });
    expect((rest.items as Array<{ seq: number }>)[0]?.seq).to.equal(links.length - 5);
    expect((await api.request('/v1/audit', { as: 'customer' })).status).to.equal(403);

    const listed = async (query: string) => {
      const { body } = await api.request(`/v1/audit?limit=200&${query}`, { as: 'viewer' });
      return body.items as Array<{ action: string; actor: string; createdAt: string; seq: number }>;
    };
    const before = new Date().toISOString();
    await api.request('/v1/brakes', { as: 'operator', body: { holds: 'intake', reason: 'a filter' } });
    const brakes = await listed('action=brake');
    expect(brakes).to.have.length(1);
    expect(brakes[0]).to.deep.include({ action: 'brake', parameters: { holds: 'intake' } });
    expect(await listed(`createdAfter=${before}`)).to.deep.equal(brakes);
    expect(await listed(`createdBefore=${before}&action=retry`)).to.have.length(20);
    expect(await listed(`createdBefore=${before}&action=brake`)).to.deep.equal([]);
    expect(await listed(`batchId=${ids[0]}`)).to.deep.equal([]);
    expect(await listed(`actor=${brakes[0]?.actor}&action=brake&createdAfter=${before}`)).to.deep.equal(
      brakes,
    );
    expect((await api.request('/v1/audit?createdAfter=yesterday', { as: 'viewer' })).status).to.equal(400);
    links.push(...(await actionStore(api.db, openPrisma(api.db)).chain(links.length, 1_000)));

    for (const change of [
      'DELETE FROM orchestrator.actions',
      'TRUNCATE orchestrator.actions',
      `UPDATE orchestrator.actions SET reason = 'tampered'`,
      `UPDATE orchestrator.actions SET params = '{"a":1}'`,
      `UPDATE orchestrator.actions SET hash = 'x'`,
      `UPDATE orchestrator.actions SET reason = 'erased', erased_by = id`,
      `UPDATE orchestrator.actions SET erased_by = gen_random_uuid()`,
    ]) {
      const refusal = await api.db.execute(change).then(
        () => 'done',
        (error: Error) => error.message,
      );
      expect(refusal, change).to.match(/append-only/);
    }

    await api.db.execute('ALTER TABLE orchestrator.actions DISABLE TRIGGER USER');
    await api.db.execute(
      `UPDATE orchestrator.actions SET reason = 'tampered' WHERE seq = $1`,
      links.length - 5,
    );
    expect(await verify()).to.include({
      holds: false,
      broken: `action ${links.length - 5} has been changed`,
    });
    expect(brokenLink(await actionStore(api.db, openPrisma(api.db)).chain(0, 1_000))).to.equal(
      `action ${links.length - 5} has been changed`,
    );
  });
});
