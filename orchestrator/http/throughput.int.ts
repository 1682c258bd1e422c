/** Throughput over HTTP: what several engines reported, those that have ended or crashed among them, on the real database. */
import { expect } from 'chai';
import type { Move } from '#engine/ports.ts';
import { countThroughput, MINUTE_MS } from '#engine/throughput.ts';
import { silent } from '#platform/process/log.ts';
import { type Alive, reportAlive } from '../store/report-alive.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

const VERSIONS = [{ name: 'order', version: 1 }];

interface Minute {
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly duration: { readonly p50Ms: number } | null;
}

describe('throughput', () => {
  let api: TestApi;
  let nowMs: number;
  const running: Alive[] = [];
  before(async () => {
    api = await startTestApi();
  });
  beforeEach(async () => {
    nowMs = Date.now();
    await api.db.execute('DELETE FROM orchestrator.engines');
  });
  after(async () => {
    for (const one of running) await one.close();
    await api?.close();
  });

  /** An engine that has started some sagas, and completed some in a second each. */
  async function engine(id: string, started: number, completed: number): Promise<Alive> {
    const throughput = countThroughput(nowMs);
    const [createdAt, endedAt] = [new Date(nowMs - 1_000), new Date(nowMs)];
    const move = (isStart: boolean) =>
      ({
        before: { version: isStart ? 0 : 1, endedAt: null },
        after: { status: isStart ? 'running' : 'completed', createdAt, endedAt: isStart ? null : endedAt },
        entries: [],
      }) as unknown as Move;
    throughput.count(
      [...Array<boolean>(started).fill(true), ...Array<boolean>(completed).fill(false)].map(move),
      nowMs,
    );
    const alive = await reportAlive(api.db, id, VERSIONS, () => nowMs, silent, throughput);
    running.push(alive);
    return alive;
  }
  const read = async (query = '') => {
    const { status, body } = await api.request(`/v1/throughput${query}`, { as: 'viewer' });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const total = ({ minutes }: { readonly minutes?: unknown }) =>
    (minutes as Minute[]).reduce(
      (sum, { started, completed }) => [sum[0] + started, sum[1] + completed] as const,
      [0, 0] as readonly [number, number],
    );

  it('is of all engines, and one that has ended or crashed keeps its part', async () => {
    await (await engine('ended', 3, 2)).close();
    await engine('running', 4, 1);
    await engine('crashed', 1, 0);
    await api.db.execute(
      `UPDATE orchestrator.engines SET seen_at = $1::timestamptz WHERE id = 'crashed'`,
      new Date(nowMs - 10 * MINUTE_MS),
    );
    const body = await read();
    expect(total(body)).to.deep.equal([8, 3]);
    expect(body).to.include({ uncountedEngines: 0, isPartial: false });
    const [one] = (body['minutes'] as Minute[]).filter(({ duration }) => duration !== null);
    expect(one?.duration?.p50Ms).to.be.within(910, 1_100);
  });

  it('counts an engine as ended at once, and forgets it after two hours', async () => {
    await (await engine('ended', 3, 2)).close();
    const { body } = await api.request('/v1/definitions', { as: 'viewer' });
    expect(JSON.stringify(body)).not.to.include('"ended"');
    nowMs += 2 * 60 * MINUTE_MS + 1;
    await engine('next', 0, 0);
    const left = await api.db.query<{ id: string }>('SELECT id FROM orchestrator.engines');
    expect(left).to.deep.equal([{ id: 'next' }]);
  });

  it('names live engines that do not count', async () => {
    await api.db.execute(
      `INSERT INTO orchestrator.engines (id, definitions, seen_at) VALUES ('older', '[]', $1::timestamptz)`,
      new Date(nowMs),
    );
    expect(await read()).to.deep.include({ uncountedEngines: 1, countedSince: null, minutes: [] });
  });

  it('reports again what it counts, and what it had reported stays where nothing is new', async () => {
    const throughput = countThroughput(nowMs);
    const alive = await reportAlive(api.db, 'idle', VERSIONS, () => nowMs, silent, throughput);
    running.push(alive);
    expect(total(await read())).to.deep.equal([0, 0]);
    expect((await read('?minutes=5'))['countedSince']).to.equal(new Date(nowMs).toISOString());
  });

  it('takes five minutes to an hour, from people with a role', async () => {
    for (const minutes of ['4', '61', '7.5', 'x', ''])
      expect((await api.request(`/v1/throughput?minutes=${minutes}`, { as: 'viewer' })).status).to.equal(400);
    expect((await api.request('/v1/throughput', { as: 'service' })).status).to.equal(403);
  });
});
