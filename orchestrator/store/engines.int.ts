/** Which engines may start, and which version new sagas begin under, on real PostgreSQL. */

import { expect } from 'chai';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { silent } from '#platform/process/log.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { type ActionStore, actionStore } from './action-store.ts';
import { activeVersions } from './activations.ts';
import { brokenLink } from './audit-chain.ts';
import { type DefinitionStore, definitionStore } from './definition-store.ts';
import { LIVE_MS, liveSagas, type Version } from './engines.ts';
import { reportAlive } from './report-alive.ts';
import { PARTITIONED } from './tables.ts';

const V1 = { name: 'order', version: 1 };
const V2 = { name: 'order', version: 2 };
const REQUEST = { actor: 'ann', role: 'operator', reason: 'a test' };

describe('engines and versions', () => {
  let test: TestDatabase;
  let actions: ActionStore;
  let versions: DefinitionStore;
  let nowMs: number;
  const now = () => nowMs;
  const start = (id: string, ...known: Version[]) => reportAlive(test.db, id, known, now, silent);
  const activate = async (version: Version) => {
    const request = { ...version, ...REQUEST, idempotencyKey: null, approves: () => true };
    const done = await versions.activate(request);
    if (done === 'mismatch' || 'changed' in done) throw new Error('without a plan nothing differs from it');
    return done;
  };
  const active = async () => (await activeVersions(test.db)).get('order');
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error: Error) => error.message,
    );

  beforeEach(async () => {
    nowMs = Date.now();
    test = await openTestDatabase(...PARTITIONED.map(({ name }) => name));
    const prisma = openPrisma(test.other);
    actions = actionStore(test.other, prisma);
    versions = definitionStore(test.other, prisma, now);
  });
  afterEach(() => test.close());

  /** Inserts an active saga, or an ended one. */
  async function saga(version: number, isLive = true): Promise<void> {
    await test.db.execute(
      `INSERT INTO orchestrator.sagas (id, definition, definition_version, partition, customer_id, input, created_at,
         version, revision, state, status, context, pending, state_since, due_at)
       VALUES ($1::uuid, 'order', $2::int, 0, 'ann', '{}', $3::timestamptz, 1, 1, 'chargingPayment', 'running', '{}',
         '{}', $3::timestamptz, $4::timestamptz)`,
      uuidv7(nowMs),
      version,
      new Date(nowMs),
      isLive ? new Date(nowMs) : null,
    );
  }

  it('activate at set-up the newest version that every engine has', async () => {
    await start('a', V1, V2);
    expect(await active()).to.equal(2);
    await start('b', V1, V2);
    expect(await active()).to.equal(2);
  });

  it('refuse a version that a live engine lacks, and name the engine', async () => {
    const old = await start('old', V1);
    await start('new', V1, V2);
    nowMs += 2_000;
    const refused = await activate(V2);
    expect(refused).to.include({ kind: 'refused' });
    expect(refused.kind === 'refused' && refused.why).to.match(/^old \(last seen 2 s ago\) lacks order v2/);
    expect(await active()).to.equal(1);
    await old.close();
    expect(await activate(V2)).to.deep.equal({ kind: 'activated', before: 1 });
    expect(await active()).to.equal(2);
    expect(await activate(V2)).to.deep.equal({ kind: 'active-already' });
  });

  it('count a crashed engine for as long as it may still come back', async () => {
    const old = await start('old', V1);
    nowMs += LIVE_MS - 1;
    const next = await start('new', V1, V2);
    expect(await activate(V2)).to.include({ kind: 'refused' });
    nowMs += 1;
    expect(await activate(V2)).to.include({ kind: 'activated' });
    await Promise.all([old.close(), next.close()]);
  });

  it('refuse a version that no live engine has', async () => {
    await (await start('old', V1)).close();
    const refused = await activate(V2);
    expect(refused).to.deep.equal({ kind: 'refused', why: 'no live engine runs order v2' });
  });

  it('revert by activating the older version, and add each activation to the audit', async () => {
    await start('new', V1, V2);
    await activate(V1);
    await activate(V2);
    await activate(V1);
    expect(await active()).to.equal(1);
    const chain = await actions.chain(0, 1_000);
    expect(
      chain.map(({ action, sagaId, params }) => [action, sagaId, params.version, params.before]),
    ).to.deep.equal([
      ['activate', null, 1, 2],
      ['activate', null, 2, 1],
      ['activate', null, 1, 2],
    ]);
    expect(brokenLink(chain)).to.equal(null);
    const [first] = chain;
    expect(first && (await actions.read(first.id)), 'no action on a saga').to.equal(null);
  });

  it('do not start without the active version', async () => {
    const next = await start('new', V1, V2);
    expect(await active()).to.equal(2);
    expect(await failure(start('old', V1))).to.match(/this build does not know order v2, which is active/);
    await activate(V1);
    await start('old', V1);
    expect(await failure(activate(V2).then((done) => Promise.reject(new Error(done.kind))))).to.equal(
      'refused',
    );
    await next.close();
  });

  it('do not start without a version that has live sagas, and name their number', async () => {
    await start('new', V2);
    await saga(2);
    await saga(2, false);
    await saga(1, false);
    await start('newest', V2);
    await saga(1);
    expect(await failure(start('newest', V2))).to.match(/does not know order v1, under which 1 saga lives/);
    await saga(1);
    expect(await failure(start('newest', V2))).to.match(/does not know order v1, under which 2 sagas live/);
    expect(await liveSagas(test.db)).to.deep.equal([
      { ...V1, sagas: 2 },
      { ...V2, sagas: 1 },
    ]);
    await start('knows', V1, V2);
  });

  it('never let an engine of the old build start while the new version is activated', async () => {
    await (await start('new', V1, V2)).close();
    for (let i = 0; i < 10; i++) {
      await activate(V1);
      const next = await start('new', V1, V2);
      await activate(V1);
      const [old, activated] = await Promise.all([start('old', V1).catch(() => null), activate(V2)]);
      expect(old === null, `v2 ${activated.kind}`).to.equal(activated.kind === 'activated');
      await old?.close();
      await activate(V1);
      await next.close();
    }
  });

  it('count live sagas from their index alone', async () => {
    const plan = await test.db.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT s.definition, count(*) FROM orchestrator.sagas s WHERE s.due_at IS NOT NULL GROUP BY 1`,
    );
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).to.match(/due_at_idx/);
    expect(text).not.to.match(/Seq Scan/);
  });
});
