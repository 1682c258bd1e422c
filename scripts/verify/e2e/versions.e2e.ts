/** Roll-out and roll-back of a second version of the order saga, under load, with engines of old and new builds mixed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { root } from '#scripts/run/stack/places.ts';
import { securedEnvironment } from '#scripts/run/system/system-plan.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { ORDER_PROCESSES, openShop, type Shop } from './shop.ts';

const NEXT_ENGINE = join(root, 'orchestrator/testing/next-engine.ts');
const OLD_ENGINE = join(root, 'orchestrator/engine.main.ts');
const PLACE_EVERY_MS = 60;

describe('a second version of the order saga', () => {
  let shop: Shop;
  let db: Database;
  const engines: TestProcess[] = [];
  const ids: string[] = [];
  const refused: string[] = [];
  let isLoading = true;
  let loading: Promise<void> = Promise.resolve();

  before(async () => {
    // The product's build is the old one here; the API is replaced first.
    shop = await openShop('versions', {
      gateway: 'none',
      only: ORDER_PROCESSES,
      restarts: false,
      entryFor: { api: 'orchestrator/testing/next-api.ts' },
    });
    db = openDatabase(shop.databaseUrl, { pool: 2, processName: 'test' });
    loading = load();
  });
  after(async () => {
    isLoading = false;
    await loading;
    await Promise.all(engines.map((engine) => engine.end('SIGTERM')));
    await db?.close();
    await shop?.stop();
  });

  /** Places orders one after the other until the test ends. */
  async function load(): Promise<void> {
    while (isLoading) {
      await shop.place({}).then(
        (id) => ids.push(id),
        // A connection closed under a request is no answer; the database has the order's state.
        (error: Error) => error instanceof TypeError || refused.push(error.message),
      );
      await new Promise((resolve) => setTimeout(resolve, PLACE_EVERY_MS));
    }
  }

  const environment = (name: string) => ({
    DATABASE_URL: shop.databaseUrl,
    KAFKA_BROKERS: shop.system.addresses.kafka,
    KAFKA_PREFIX: shop.prefix,
    ENGINE_ID: name,
    ...securedEnvironment('engine', shop.system.stack, shop.databaseUrl),
  });
  const start = async (file: string, name: string) => {
    const engine = await startProcess(file, environment(name));
    engines.push(engine);
    return engine;
  };
  const refusal = (file: string, name: string) =>
    start(file, name).then(
      () => 'it started',
      (error: Error) => error.message,
    );
  const activate = async (version: number) => {
    const answer = await shop.post('/v1/definitions/order/activations', { version, reason: 'a test' });
    const { detail = '' } = (await answer.json()) as { detail?: string };
    return { status: answer.status, detail };
  };
  const countOf = async (version: number, status: string) => {
    const [row] = await db.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM orchestrator.sagas WHERE definition_version = $1::int AND status = $2',
      version,
      status,
    );
    return row?.count ?? 0;
  };
  /** Waits until so many more sagas of a version have completed. */
  const completes = async (version: number, more: number) => {
    const before = await countOf(version, 'completed');
    await waitUntil(
      () => countOf(version, 'completed'),
      (now) => now >= before + more,
    );
  };

  it('is refused while an engine of the old build lives, which is named', async () => {
    await completes(1, 5);
    await start(NEXT_ENGINE, 'next');
    await completes(1, 20);
    const { status, detail } = await activate(2);
    expect(status).to.equal(409);
    expect(detail).to.match(/^Not possible: engine\/[0-9a-f]{8} \([^)]*\d s ago\) lacks order v2/);
    expect(await countOf(2, 'completed')).to.equal(0);
  });

  it('is taken over from an engine of the old build that was thought dead: it ends itself', async () => {
    // As after a pause longer than engines are waited for; its next report comes too late.
    await db.execute(
      `UPDATE orchestrator.engines SET seen_at = $1::timestamptz WHERE id LIKE 'engine/%'`,
      new Date(Date.now() - 60_000),
    );
    expect((await activate(2)).status).to.equal(200);
    await waitUntil(
      async () => Object.keys(shop.system.pids),
      (living) => !living.includes('engine'),
    );
    const log = readFileSync(join(shop.system.logs, 'engine.log'), 'utf8');
    expect(log).to.match(/runs under order v2, known to next\/[0-9a-f]{8} and not here/);
    await completes(2, 20);
  });

  it('keeps an engine of the old build from starting while it is active', async () => {
    expect(await refusal(OLD_ENGINE, 'old')).to.match(/does not know order v2, which is active/);
  });

  it('is rolled back, and keeps the old build from starting while sagas live under it, and names their number', async () => {
    shop.system.kill('shipping', 'SIGTERM');
    await waitUntil(
      async () => Object.keys(shop.system.pids),
      (living) => !living.includes('shipping'),
    );
    await shop.place({});
    const waits = () => countOf(2, 'running');
    const many = await waitUntil(waits, (running) => running > 5);
    expect((await activate(1)).status).to.equal(200);
    const message = await refusal(OLD_ENGINE, 'old');
    const [, live] = /does not know order v2, under which (\d+) sagas live/.exec(message) ?? [];
    expect(Number(live), message).to.be.at.least(many);
    await shop.system.restart('shipping');
    await waitUntil(waits, (running) => running === 0);
    // The sweeper may check an ended order once more.
    const old = await waitUntil(
      () => refusal(OLD_ENGINE, 'old'),
      (how) => how === 'it started',
    );
    expect(old).to.equal('it started');
    await completes(1, 20);
    await engines[0]?.end('SIGTERM');
    await completes(1, 20);
  });

  it('left every order whole', async () => {
    isLoading = false;
    await loading;
    const open = () =>
      db.query<{ id: string; state: string; stuck: object | null }>(
        `SELECT id::text, state, stuck FROM orchestrator.sagas WHERE status <> 'completed' LIMIT 5`,
      );
    await waitUntil(open, (some) => some.length === 0);
    const results = await verifyLedger({ databaseUrl: shop.databaseUrl });
    expect(results.filter(({ violations }) => violations > 0)).to.deep.equal([]);
    const [v1, v2] = [await countOf(1, 'completed'), await countOf(2, 'completed')];
    expect(v1 + v2).to.be.at.least(ids.length);
    process.stderr.write(`      ${v1} orders under v1, ${v2} under v2\n`);
    expect(refused, 'orders not accepted').to.deep.equal([]);
  });
});
