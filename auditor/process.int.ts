/** The auditor's process: a row changed by hand is on `/metrics` and `/v1/ledger`, and it outlives its database's absence. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { requestsTo, type SendRequest, testTokens } from '#platform/http/testing/client.ts';
import { type LossyProxy, openLossyProxy } from '#platform/postgres/testing/lossy-proxy.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { fillShop, spoil } from '#scripts/verify/ledger/damaged-shop.ts';
import { INVARIANTS } from './invariants/index.ts';

const SECRET = 'a secret of the tests, of at least thirty-two characters';
const WITHIN = { withinMs: 120_000, everyMs: 250 };
/** So large that a loaded machine does not decide how many rounds fit in: `rounds.test.ts` has the default share under a clock of its own. */
const SHARE = '0.5';

interface Ledger {
  readonly total: number;
  readonly violations: ReadonlyArray<{
    readonly invariant: string;
    readonly what: string;
    readonly orderId: string | null;
    readonly rows: ReadonlyArray<{ readonly table: string; readonly column: string; readonly value: string }>;
    readonly links: { readonly saga?: string };
  }>;
  readonly invariants: ReadonlyArray<{ readonly name: string; readonly checkedAt: string | null }>;
}

describe('the auditor’s process', function () {
  this.timeout(400_000);
  let database: FreshDatabase;
  let proxy: LossyProxy;
  let running: TestProcess;
  let request: SendRequest;
  let folder: string;
  let ids: Readonly<Record<string, string>>;

  before(async () => {
    database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
    ids = await fillShop(database.url);
    // It waits for no engine here, and is not what is tested.
    await spoil(
      database.url,
      [`UPDATE orchestrator.sagas SET created_at = now() + interval '1 h' WHERE id = '$waiting'`],
      ids,
    );
    proxy = await openLossyProxy(database.url);
    folder = mkdtempSync(join(tmpdir(), 'auditor-'));
    writeFileSync(join(folder, 'secret'), SECRET);
    running = await startProcess(join(import.meta.dirname, 'main.ts'), {
      DATABASE_URL: proxy.url,
      AUTH_SECRET_FILE: join(folder, 'secret'),
      AUDITOR_SHARE: SHARE,
    });
    const { token } = testTokens(new TextEncoder().encode(SECRET));
    request = requestsTo(running.url, token);
  });
  after(async () => {
    await running?.end('SIGKILL');
    rmSync(folder, { recursive: true });
    await proxy.close();
    await database[Symbol.asyncDispose]();
  });

  const ledger = async () => (await request('/v1/ledger', { as: 'viewer' })).body as unknown as Ledger;
  const gauge = async (name: string) => {
    const text = await (await fetch(`${running.url}/metrics`)).text();
    const [, value] =
      text
        .split('\n')
        .map((line) => line.split(`${name} `))
        .find(([empty]) => empty === '') ?? [];
    return Number(value);
  };
  const change = (sql: string) => spoil(database.url, [sql], ids);

  it('checks every invariant soon after its start', async () => {
    const { invariants, total } = await waitUntil(
      ledger,
      (seen) => seen.invariants.every(({ checkedAt }) => checkedAt !== null),
      WITHIN,
    );
    expect(invariants.map(({ name }) => name)).to.deep.equal(INVARIANTS.map(({ name }) => name));
    expect(total).to.equal(0);
    expect(await gauge('ledger_orders_checked_total')).to.be.at.least(8);
    expect(await gauge('ledger_oldest_slice_seconds')).to.be.within(0, WITHIN.withinMs / 1000);
    expect(await gauge('ledger_check_seconds_count')).to.be.at.least(4);
    expect(await gauge('ledger_checked_timestamp_seconds{invariant="stock"}')).to.be.closeTo(
      Date.now() / 1000,
      WITHIN.withinMs / 1000,
    );
  });

  it('shows a row that was changed by hand, and no longer once it is as before', async () => {
    const good = ids['good'] ?? '';
    await change(`UPDATE payment.intents SET amount = amount - 1 WHERE saga_id = '$good'`);
    const { violations } = await waitUntil(ledger, ({ total }) => total > 0, WITHIN);
    expect(violations).to.have.length(1);
    expect(violations[0]).to.include({ invariant: 'money, own records', orderId: good });
    expect(violations[0]?.what).to.equal('completed, and holds 2499 of 2500 EUR');
    expect(violations[0]?.rows).to.deep.include({ table: 'payment.intents', column: 'saga_id', value: good });
    expect(violations[0]?.links).to.deep.equal({ saga: `/v1/sagas/${good}` });
    expect(await gauge('ledger_violations{invariant="money, own records"}')).to.equal(1);
    const lines = running
      .output()
      .split('\n')
      .filter((line) => line.includes('"ledger-violated"'));
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0] ?? '')).to.include({ invariant: 'money, own records', orderId: good });
    await change(`UPDATE payment.intents SET amount = amount + 1 WHERE saga_id = '$good'`);
    await waitUntil(ledger, ({ total }) => total === 0, WITHIN);
    expect(await gauge('ledger_violations{invariant="money, own records"}')).to.equal(0);
  });

  it('names an order whose rows no rule can read, and goes on with all others', async () => {
    const context = (value: string) =>
      `UPDATE orchestrator.sagas SET context = '{"discount":"${value}"}' WHERE id = '$declined'`;
    await change(context('half'));
    await change(`UPDATE shipping.shipments SET state = 'cancelled' WHERE saga_id = '$good'`);
    const { violations } = await waitUntil(ledger, ({ total }) => total > 1, WITHIN);
    expect(violations.map(({ orderId, what }) => [orderId, what])).to.have.deep.members([
      [ids['declined'], 'cannot be judged: SQLSTATE 22P02'],
      [ids['good'], 'completed with 0 shipments'],
    ]);
    await change(context('0'));
    await change(`UPDATE shipping.shipments SET state = 'prepared' WHERE saga_id = '$good'`);
    await waitUntil(ledger, ({ total }) => total === 0, WITHIN);
  });

  it('answers people who operate the system, and nobody else', async () => {
    const statuses = [];
    for (const as of ['viewer', 'operator', 'admin', 'service', 'customer', null] as const)
      statuses.push((await request('/v1/ledger', { as })).status);
    expect(statuses).to.deep.equal([200, 200, 200, 403, 403, 401]);
  });

  it('is not ready while the database is away, and goes on when it is back', async () => {
    const readyz = async () => (await fetch(`${running.url}/readyz`)).status;
    const away = new URL(database.url);
    away.port = '1';
    proxy.switchTo(away.href);
    proxy.cutAtAnswer();
    await waitUntil(readyz, (status) => status === 503, WITHIN);
    await change(`UPDATE shipping.shipments SET state = 'cancelled' WHERE saga_id = '$good'`);
    proxy.switchTo(database.url);
    await waitUntil(readyz, (status) => status === 200, WITHIN);
    const { violations } = await waitUntil(ledger, ({ total }) => total > 0, WITHIN);
    expect(violations[0]).to.include({ invariant: 'shipments', orderId: ids['good'] });
  });

  it('ends with 0 on SIGTERM', async () => {
    expect(await running.end('SIGTERM')).to.equal(0);
  });
});
