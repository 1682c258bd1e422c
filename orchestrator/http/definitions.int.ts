/** Definitions over HTTP: the list, and the activation of a version. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type Alive, reportAlive } from '../store/report-alive.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

const V1 = { name: 'order', version: 1 };
const V2 = { name: 'order', version: 2 };

describe('definitions over HTTP', () => {
  let api: TestApi;
  const engines: Alive[] = [];
  const start = async (id: string, ...known: Array<typeof V1>) =>
    void engines.push(await reportAlive(api.db, id, known, () => Date.now(), silent));
  const activate = (version: number, as: 'operator' | 'viewer' = 'operator', name = 'order') =>
    api.request(`/v1/definitions/${name}/activations`, { as, body: { version, reason: 'a test' } });
  const items = async () => (await api.request('/v1/definitions', { as: 'viewer' })).body.items;

  before(async () => {
    api = await startTestApi();
  });
  after(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await api.close();
  });

  it('shows each version with its engines, its activation and its live sagas', async () => {
    await start('old', V1);
    await start('new', V1, V2);
    await api.placed();
    expect(await items()).to.deep.equal([
      {
        definition: 'order',
        version: 2,
        active: false,
        liveSagas: 0,
        knownBy: ['new'],
        unknownTo: ['old'],
        knownHere: false,
      },
      {
        definition: 'order',
        version: 1,
        active: true,
        liveSagas: 1,
        knownBy: ['new', 'old'],
        unknownTo: [],
        knownHere: true,
        lastActivation: { ...(await lastActivation(1)), by: 'set-up', reason: '' },
      },
    ]);
  });

  it('refuses a version this API lacks, an unknown name, and viewers', async () => {
    const { status, body } = await activate(2);
    expect([status, body.detail]).to.deep.equal([409, 'This API lacks order v2: replace it first']);
    expect((await activate(1, 'operator', 'nonsense')).status).to.equal(404);
    expect((await activate(1, 'viewer')).status).to.equal(403);
    expect((await activate(0)).status).to.equal(400);
  });

  it('refuses a version that a live engine lacks, and names the engine', async () => {
    await api.db.execute(
      `INSERT INTO orchestrator.engines (id, definitions, seen_at) VALUES ('older', '[]', $1::timestamptz)`,
      new Date(),
    );
    await api.db.execute(
      `INSERT INTO orchestrator.activations (seq, definition, version, activated_at, activated_by) VALUES (99, 'order', 2, $1::timestamptz, 'test')`,
      new Date(),
    );
    const { status, body } = await activate(1);
    expect(status).to.equal(409);
    expect(body.detail).to.match(/^Not possible: older \(last seen \d s ago\) lacks order v1/);
  });

  it('answers 503 to orders while the active version is one this API lacks, and accepts them again afterwards', async () => {
    const order = {
      customerId: 'ann',
      items: [{ sku: 'SKU-0001', quantity: 1 }],
      currency: 'EUR',
      amount: 100,
    };
    const body = { ...order, payment: { method: 'pm_card_visa' }, shippingAddress: { country: 'DE' } };
    const place = async () => await api.request('/v1/orders', { body });
    const refused = await waitUntil(place, ({ status }) => status !== 202);
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '1']);
    await api.db.execute(`DELETE FROM orchestrator.engines WHERE id = 'older'`);
    const entries = () => api.db.query(`SELECT 1 FROM orchestrator.actions WHERE action = 'activate'`);
    const dryRun = { version: 1, reason: 'a test', dryRun: true };
    const planned = await api.request('/v1/definitions/order/activations', { as: 'operator', body: dryRun });
    const { planHash, ...plan } = planned.body;
    expect(plan).to.deep.equal({ dryRun: true, definition: 'order', version: 1, changed: true, before: 2 });
    expect(planHash).to.match(/^[0-9a-f]{64}$/);
    expect(await entries(), 'a dry run is no action').to.deep.equal([]);
    expect((await activate(1)).body).to.deep.equal({ definition: 'order', version: 1, changed: true });
    expect(await entries()).to.have.length(1);
    expect((await activate(1)).body).to.deep.equal({ definition: 'order', version: 1, changed: false });
    await waitUntil(place, ({ status }) => status === 202);
  });

  async function lastActivation(version: number): Promise<object> {
    const [row] = await api.db.query<{ at: Date }>(
      'SELECT activated_at AS at FROM orchestrator.activations WHERE version = $1::int ORDER BY seq DESC LIMIT 1',
      version,
    );
    return { at: row?.at.toISOString() };
  }
});
