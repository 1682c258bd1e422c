/** The journal's chain at the API: whole as engines wrote it, and what a superuser does to it is found and named. */
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { engineStore } from '../store/engine-store.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

interface Verdict {
  readonly holds: boolean;
  readonly sagas: number;
  readonly entries: number;
  readonly unchained: number;
  readonly unchainedAfter: ReadonlyArray<{ sagaId: string; version: number }>;
  readonly broken: ReadonlyArray<{ sagaId: string; version: number; what: string }>;
  readonly nextCursor: string | null;
}

describe('the verification of journals', () => {
  let api: TestApi;
  let ids: string[];
  before(async () => {
    api = await startTestApi();
    ids = [];
    for (let nth = 0; nth < 5; nth++) {
      const id = await api.placed();
      await api.engine.happen(id, ...COMPLETED);
      ids.push(id);
    }
    ids.sort();
  });
  after(() => api?.close());

  const verify = async (query = '') =>
    (await api.request(`/v1/audit/journals${query}`, { as: 'viewer' })).body as unknown as Verdict;
  const faultsOf = async (id: string) => {
    const { holds, broken } = await verify(`?sagaId=${id}`);
    expect(holds).to.equal(broken.length === 0);
    for (const one of broken) expect(one.sagaId).to.equal(id);
    return broken.map(({ what }) => what);
  };
  /** Does something to a saga as a superuser would, verifies, and takes it back. */
  async function damaged(id: string, statements: readonly string[], verified: () => Promise<void>) {
    const client = new pg.Client(connectionTo(api.databaseUrl));
    await client.connect();
    const tables = { journal: 'saga_id', sagas: 'id' };
    try {
      for (const [table, key] of Object.entries(tables))
        await client.query(
          `CREATE TEMP TABLE kept_${table} AS SELECT * FROM orchestrator.${table} WHERE ${key} = '${id}'`,
        );
      for (const statement of statements)
        expect((await client.query(statement.replaceAll('$id', id))).rowCount, statement).to.be.above(0);
      await verified();
    } finally {
      for (const [table, key] of Object.entries(tables)) {
        await client.query(`DELETE FROM orchestrator.${table} WHERE ${key} = '${id}'`);
        await client.query(`INSERT INTO orchestrator.${table} SELECT * FROM kept_${table}`);
      }
      await client.end();
    }
  }

  it('holds for one, for a time, and for all in pages', async () => {
    const [first = '', , third = ''] = ids;
    expect(await verify(`?sagaId=${first}`)).to.deep.include({
      holds: true,
      sagas: 1,
      unchained: 0,
      broken: [],
    });
    const all = await verify();
    expect(all).to.deep.include({
      holds: true,
      sagas: 5,
      unchained: 0,
      unchainedAfter: [],
      nextCursor: null,
    });
    const [count] = await api.db.query<{ n: number }>(
      'SELECT count(hash)::int AS n FROM orchestrator.journal',
    );
    expect(all.entries)
      .to.equal(count?.n)
      .and.be.at.least(5 * COMPLETED.length);
    const page = await verify('?limit=2');
    expect(page).to.deep.include({ sagas: 2, nextCursor: ids[1] });
    expect(await verify(`?limit=2&cursor=${third}`)).to.deep.include({ sagas: 2, nextCursor: null });
    const later = new Date(Date.now() + 60_000).toISOString();
    expect(await verify(`?createdAfter=${encodeURIComponent(later)}`)).to.include({ sagas: 0, holds: true });
    expect(await verify(`?createdBefore=${encodeURIComponent(later)}`)).to.include({ sagas: 5 });
    const unknown = '019a0000-0000-7000-8000-00000000ffff';
    expect(await verify(`?sagaId=${unknown}`)).to.deep.include({ sagas: 0, holds: true });
    expect((await api.request('/v1/audit/journals', { as: 'customer' })).status).to.equal(403);
    expect((await api.request('/v1/audit/journals?limit=101', { as: 'viewer' })).status).to.equal(400);
  });

  const DAMAGES: ReadonlyArray<readonly [name: string, statements: readonly string[], fault: RegExp]> = [
    [
      'a changed byte',
      [
        `UPDATE orchestrator.journal SET message = replace(message::text, '"ch', '"cH')::json WHERE saga_id = '$id' AND type = 'payment.charged'`,
      ],
      /^entry 3 has been changed$/,
    ],
    [
      'a removed row',
      [`DELETE FROM orchestrator.journal WHERE saga_id = '$id' AND version = 2`],
      /^entry 2 is missing, or entry 3 has been changed$/,
    ],
    [
      'the newest row removed',
      [
        `DELETE FROM orchestrator.journal WHERE saga_id = '$id' AND version = (SELECT version FROM orchestrator.sagas WHERE id = '$id')`,
      ],
      /^the entries from \d on are missing: the saga bears another hash$/,
    ],
    [
      'two rows exchanged',
      [`UPDATE orchestrator.journal SET version = 5 - version WHERE saga_id = '$id' AND version IN (2, 3)`],
      /^entry 2 has been changed$/,
    ],
    [
      'an added row',
      [
        `INSERT INTO orchestrator.journal SELECT saga_id, 'forged', version + 1, at, type, from_state, to_state, message, change, "out",
           origin_topic, origin_partition, origin_offset + 1, xid, sha256('forged') FROM orchestrator.journal
         WHERE saga_id = '$id' AND version = (SELECT version FROM orchestrator.sagas WHERE id = '$id')`,
        `UPDATE orchestrator.sagas SET version = version + 1 WHERE id = '$id'`,
      ],
      /^entry \d was added: its saga does not bear its hash$/,
    ],
    [
      'another hash in the saga',
      [`UPDATE orchestrator.sagas SET journal_hash = sha256('forged') WHERE id = '$id'`],
      /missing: the saga bears another hash$/,
    ],
    [
      'a changed row that is said to be erased',
      [
        `UPDATE orchestrator.journal SET erased_by = gen_random_uuid(), message = '{}',
           erased_content = sha256(convert_to(concat_ws(E'\\n', (SELECT journal_salt FROM orchestrator.sagas WHERE id = '$id'), message::text, change::text, "out"::text), 'UTF8'))
          WHERE saga_id = '$id' AND version = 2`,
      ],
      /^entry 2 has been changed: no entry of the audit says that it was erased$/,
    ],
  ];
  for (const [name, statements, fault] of DAMAGES)
    it(`names ${name}`, async () => {
      const [, id = ''] = ids;
      await damaged(id, statements, async () => {
        const faults = await faultsOf(id);
        expect(faults.join('\n')).to.match(new RegExp(fault.source, 'm'));
        expect(await verify()).to.include({ holds: false, sagas: 5 });
      });
      expect(await faultsOf(id)).to.deep.equal([]);
    });

  it('goes on after entries of engines that do not chain, and names them', async () => {
    const [, , id = ''] = ids;
    const strip = `UPDATE orchestrator.journal SET hash = NULL WHERE saga_id = '$id'`;
    const unborn = `UPDATE orchestrator.sagas SET journal_hash = NULL WHERE id = '$id'`;
    await damaged(id, [strip, unborn], async () => {
      const verdict = await verify(`?sagaId=${id}`);
      expect(verdict).to.deep.include({ holds: true, unchained: verdict.entries, unchainedAfter: [] });
      const since = encodeURIComponent(new Date(0).toISOString());
      expect((await verify(`?sagaId=${id}&chainedSince=${since}`)).broken[0]).to.deep.equal({
        ...{ sagaId: id, version: 1 },
        what: 'entry 1 has no hash: no engine wrote it',
      });
      const row = (await engineStore(api.db).readSagas([id])).get(id);
      expect(row).not.to.have.property('journalHash');
    });
    const other = await api.placed();
    await api.engine.happen(other, ...CHARGING);
    const old = `UPDATE orchestrator.journal SET hash = NULL WHERE saga_id = '${other}'`;
    await api.db.execute(old);
    await api.db.execute(
      `UPDATE orchestrator.sagas SET journal_hash = NULL, version = version WHERE id = '${other}'`,
    );
    await api.engine.happen(other, ...COMPLETED.slice(CHARGING.length));
    const mixed = await verify(`?sagaId=${other}`);
    expect(mixed).to.deep.include({ holds: true, unchained: CHARGING.length, unchainedAfter: [] });
    expect(mixed.entries).to.be.above(mixed.unchained);
  });

  it('shows each entry’s hash in the history', async () => {
    const [id = ''] = ids;
    const { body } = await api.request(`/v1/sagas/${id}/history`, { as: 'viewer' });
    const events = body['events'] as Array<{ kind: string; hash?: string }>;
    const hashes = events.filter(({ kind }) => kind === 'transition').map(({ hash }) => hash);
    const row = (await engineStore(api.db).readSagas([id])).get(id);
    expect(hashes.at(-1))
      .to.equal(row?.journalHash)
      .and.match(/^[0-9a-f]{32}$/);
    expect(new Set(hashes).size).to.equal(hashes.length);
  });
});
