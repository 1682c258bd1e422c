/** Batches whose API is killed: another API's process carries them on. Every letter is sent; every saga is acted on once. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import { TerminalError } from '#protocol/errors.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { takingActions } from './testing/answering.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

const MAIN = join(import.meta.dirname, '../api.main.ts');
const LETTERS = 40;
const SAGAS = 24;

describe('a batch whose API is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'killed-'));
  /** Takes the requests, and carries out nothing: the processes beside it do. */
  let around: TestApi;
  let publisher: Publisher;
  const processes: TestProcess[] = [];
  before(async () => {
    around = await startTestApi();
    publisher = await openPublisher({ ...around.kafka, settings: ORDER_PRODUCER });
    writeFileSync(join(folder, 'secret'), randomBytes(32).toString('hex'));
  });
  after(async () => {
    await Promise.all(processes.map((one) => one.end('SIGKILL')));
    await publisher?.close();
    await around?.close();
    rmSync(folder, { recursive: true });
  });

  const start = async () => {
    const one = await startProcess(MAIN, {
      KAFKA_BROKERS: around.kafka.brokers,
      KAFKA_PREFIX: around.kafka.prefix,
      DATABASE_URL: around.databaseUrl,
      AUTH_SECRET_FILE: join(folder, 'secret'),
    });
    processes.push(one);
    return one;
  };

  it('is carried on by another one', async () => {
    const keys = Array.from({ length: LETTERS }, () => uuidv7(Date.now()));
    await publisher.publish(
      keys.map((key, nth) =>
        deadLetter(
          {
            topic: 'order-created',
            partition: 0,
            offset: nth,
            key,
            value: Buffer.from(`{"${nth}`),
            timestamp: 0,
          },
          new TerminalError('not-json', 'no JSON'),
          'orchestrator',
          Date.now(),
        ),
      ),
    );
    const read = (path: string) => around.request(path, { as: 'operator' });
    await waitUntil(
      async () => ((await read('/v1/dead-letters?limit=200')).body.items as object[]).length,
      (count) => count === LETTERS,
    );
    const came = () => {
      const wanted = new Set<string | null>(keys);
      return around.published.filter(({ topic, key }) => topic === 'order-created' && wanted.has(key));
    };
    const first = await start();
    const { body } = await around.request('/v1/dead-letters/batches', {
      as: 'operator',
      body: { action: 'send', filter: {}, perSecond: 5, reason: 'fixed' },
    });
    const self = `/v1/batches/${body.batchId}`;
    await waitUntil(came, (records) => records.length >= 8);
    await start();
    await first.end('SIGKILL');
    expect((await read(self)).body.state).to.equal('running');
    const done = await waitUntil(
      async () => (await read(self)).body,
      ({ state }) => state === 'done',
      { withinMs: 120_000 },
    );
    expect(done.progress).to.deep.equal({ waiting: 0, watched: 0, outcomes: { sent: LETTERS } });
    expect(new Set(came().map(({ key }) => key)).size).to.equal(LETTERS);
    // A wave that was killed after it had published is published again, and readers handle a message once.
    expect(came().length).to.be.within(LETTERS, LETTERS + 5);
  });

  it('of sagas acts on each once, and is done when they have ended', async () => {
    const [before] = processes.slice(-1);
    const ids: string[] = [];
    for (let i = 0; i < SAGAS; i++) {
      const id = await around.placed({ customerId: 'killed' });
      await around.engine.happen(id, ...CHARGING);
      ids.push(id);
    }
    const engine = takingActions(around, (id) =>
      ids.includes(id) ? COMPLETED.slice(CHARGING.length) : null,
    );
    const { body } = await around.request('/v1/batches', {
      as: 'operator',
      body: { action: 'retry', filter: { customerId: 'killed' }, perSecond: 3, reason: 'they hang' },
    });
    const self = `/v1/batches/${body.batchId}`;
    const progress = async () =>
      (await around.request(self, { as: 'operator' })).body as {
        state: string;
        progress: { waiting: number; outcomes: Record<string, number> };
      };
    await waitUntil(progress, (seen) => seen.progress.waiting <= SAGAS - 6);
    const other = start();
    await before?.end('SIGKILL');
    await other;
    const done = await waitUntil(progress, ({ state }) => state === 'done', { withinMs: 120_000 });
    await engine.close();
    expect(done.progress.outcomes).to.deep.equal({ completed: SAGAS });
    const acts = await around.db.query<{ acts: number; sagas: number }>(
      `SELECT count(*)::int AS acts, count(DISTINCT saga_id)::int AS sagas FROM orchestrator.actions
        WHERE batch_id = $1::uuid AND saga_id IS NOT NULL`,
      body.batchId,
    );
    expect(acts).to.deep.equal([{ acts: SAGAS, sagas: SAGAS }]);
  });
});
