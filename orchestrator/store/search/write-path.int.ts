/** What finding sagas costs those that go well: nothing. Their updates stay in their page and touch no index but at the end. */
import { expect } from 'chai';
import { startTestApi, type TestApi } from '#orchestrator/http/testing/api.ts';
import { COMPLETED } from '#orchestrator/http/testing/engine.ts';
import { engineStore } from '../engine-store.ts';

describe('the indexes of searches', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const updates = async () => {
    await api.db.query('SELECT pg_stat_force_next_flush()::text');
    const [found] = await api.db.query<{ all: number; within: number }>(
      `SELECT sum(n_tup_upd)::int AS all, sum(n_tup_hot_upd)::int AS within
         FROM pg_stat_user_tables WHERE schemaname = 'orchestrator' AND relname ~ '^sagas_'`,
    );
    return found ?? { all: 0, within: 0 };
  };
  const stuckEntries = async () => {
    const [found] = await api.db.query<{ entries: number }>(
      `SELECT count(*)::int AS entries FROM orchestrator.sagas WHERE stuck IS NOT NULL`,
    );
    return found?.entries;
  };

  it('take no write of a saga that goes well', async () => {
    const before = await updates();
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED);
    const after = await updates();
    const all = after.all - before.all;
    expect(all).to.be.at.least(5);
    // The last one clears `due_at`, which has an index.
    expect(after.within - before.within).to.equal(all - 1);
    expect(await stuckEntries()).to.equal(0);
    const [row] = await api.db.query<{ stuck: unknown; failure: unknown }>(
      'SELECT stuck, last_failure AS failure FROM orchestrator.sagas WHERE id = $1::uuid',
      id,
    );
    expect(row).to.deep.equal({ stuck: null, failure: null });
  });

  it('take one of an incident', async () => {
    const id = await api.placed();
    await engineStore(api.db).raiseIncident(id, { code: 'parked', text: 'x', at: null }, new Date());
    expect(await stuckEntries()).to.equal(1);
  });
});
