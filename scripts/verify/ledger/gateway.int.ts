/** Compares the gateway's ledger with the participants' tables: finds money that only one of them records. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { uuidv7 } from '#protocol/ids.ts';
import type { Effect } from '#scripts/gateway-simulator/ledger.ts';
import type { RefundStatus } from '#scripts/gateway-simulator/reversals.ts';
import { type Simulator, startSimulator } from '#scripts/gateway-simulator/server.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import type { LedgerLimits } from './ledger-snapshot.ts';
import { openSmallShop } from './testing.ts';
import { type LedgerResult, verifyLedger } from './verify.ts';

const KEY = 'sk_test_local';

describe('the ledger and the gateway’s own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-ledger-'));
  let database: FreshDatabase;
  let client: pg.Client;
  let simulator: Simulator;
  let good: string;
  let unserved: string;
  let crowns: string;
  let files = 0;

  before(async () => {
    database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
    const shop = await openSmallShop(database.url);
    [good = '', unserved = '', crowns = ''] = await shop.run([
      {},
      { country: 'AQ' },
      { amount: 2000, currency: 'ISK' },
    ]);
    await shop.close();
    client = new pg.Client(connectionTo(database.url));
    await client.connect();
    await client.query(`UPDATE payment.intents SET gateway = 'simulator'`);
  });
  after(async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    const ledgerPath = join(folder, String(files++));
    simulator = await startSimulator({
      host: '127.0.0.1',
      port: 0,
      ledgerPath,
      key: KEY,
      readiness: () => null,
    });
  });
  beforeEach(() => simulator.ledgerFile.add(charged(crowns, 'pi_crowns', 200_000, 'isk')));
  afterEach(async () => {
    await simulator.close();
    for (const table of ['reversals', 'incidents', 'checkpoints'])
      await client.query(`DELETE FROM payment.${table}`);
  });

  const charged = (orderId: string, id: string, amount = 2500, currency = 'eur'): Effect[] => [
    {
      t: 'intent',
      id,
      amount,
      currency,
      method: 'pm_card_visa',
      metadata: { order_id: orderId },
      created: 0,
    },
    { t: 'charged', id, chargeId: `ch_${id}` },
  ];
  const refunded = (intentId: string, amount = 2500, status: RefundStatus = 'succeeded'): Effect[] => [
    { t: 'refund', id: `re_${intentId}`, intentId, amount, status, created: 0 },
  ];
  const disputed = (intentId: string, status: string): Effect[] => [
    { t: 'dispute', id: `dp_${intentId}`, intentId, amount: 2500, status, reason: 'fraudulent', created: 0 },
  ];
  const results = async (
    effects: Effect[][],
    limits: Partial<LedgerLimits> = {},
  ): Promise<LedgerResult[]> => {
    simulator.ledgerFile.add(effects.flat());
    const gatewayUrl = `http://127.0.0.1:${(simulator.server.address() as AddressInfo).port}`;
    const within = { clockMs: 0, unseenMs: 0, ...limits };
    return verifyLedger({ databaseUrl: database.url, gatewayUrl, limits: within });
  };
  const verify = async (...effects: Effect[][]): Promise<LedgerResult | undefined> =>
    (await results(effects)).find(({ name }) => name === 'money, gateway');
  const violationsOf = (result: LedgerResult | undefined) =>
    result?.examples.map(({ id, what }) => `${id} ${what}`);

  it('holds when both agree, each in its own unit of a currency', async () => {
    const result = await verify(charged(good, 'pi_1'), charged(unserved, 'pi_2'), refunded('pi_2'));
    expect(violationsOf(result)).to.deep.equal([]);
    expect(result?.counted).to.deep.equal({ orders: 3, charged: 3, refunded: 1 });
  });

  it('sees a completed order that never paid', async () => {
    const text = `${good} completed, our records hold 2500 EUR, the gateway holds 0 EUR`;
    expect(violationsOf(await verify())).to.deep.equal([text]);
  });

  it('sees a failed order without its refund, or with a part of it', async () => {
    const all = await verify(charged(good, 'pi_1'), charged(unserved, 'pi_2'));
    expect(violationsOf(all)).to.deep.equal([`${unserved} failed, and the gateway holds 2500 EUR`]);
    const some = await verify(refunded('pi_2', 2000));
    expect(violationsOf(some)).to.deep.equal([`${unserved} failed, and the gateway holds 500 EUR`]);
  });

  it('sees an order charged twice', async () => {
    const result = await verify(charged(good, 'pi_1'), charged(good, 'pi_2'));
    expect(violationsOf(result)).to.deep.equal([`${good} the gateway holds 5000 of 2500 EUR`]);
  });

  it('sees another amount', async () => {
    const less = await verify(charged(good, 'pi_1', 2400));
    expect(violationsOf(less)?.[0]).to.match(/our records hold 2500 EUR, the gateway holds 2400 EUR/);
  });

  it('sees another currency', async () => {
    expect(violationsOf(await verify(charged(good, 'pi_1', 2500, 'usd')))?.[0]).to.match(
      /the gateway holds 2500 USD/,
    );
  });

  it('sees money taken for no order, but not for one of a time before our records begin', async () => {
    const stranger = uuidv7(Date.now());
    const ancient = uuidv7(Date.parse('2020-01-01'));
    const result = await verify(charged(good, 'pi_1'), charged(stranger, 'pi_2'), charged(ancient, 'pi_3'));
    expect(violationsOf(result)).to.deep.equal([`${stranger} the gateway holds 2500 EUR of no order`]);
  });

  /** Payment's own record of a reversal, as the comparison or a webhook would have made it. */
  const recorded = (orderId: string, id: string, state: string, own = false, amount = 2500) =>
    client.query(
      `INSERT INTO payment.reversals (saga_id, reversal_id, command_id, kind, amount, state, status, own, seen_at)
       VALUES ($1::uuid, $2, $1::text || '/payment.charge', $3, $4, $5, $5, $6, '2020-01-01')`,
      [orderId, id, id.startsWith('dp') ? 'dispute' : 'refund', amount, state, own],
    );
  const raised = (orderId: string, code: string, id: string) =>
    client.query(
      `INSERT INTO payment.incidents (saga_id, incident_id, command_id, code, text, created_at)
       VALUES ($1::uuid, $3 || '-' || $2, $1::text || '/payment.charge', $3, 'x', now())`,
      [orderId, id, code],
    );
  const BOTH = ['money, gateway', 'money, returned at the gateway'];
  const broken = async (effects: Effect[][], limits: Partial<LedgerLimits> = {}) =>
    (await results(effects, limits))
      .filter(({ name }) => BOTH.includes(name))
      .flatMap(({ name, examples }) => examples.map(({ what }) => `${name}: ${what}`));

  describe('what went back', () => {
    beforeEach(() => simulator.ledgerFile.add(charged(good, 'pi_1')));

    it('holds for a completed order that others refunded or disputed, once an incident names it', async () => {
      await recorded(good, 're_pi_1', 'settled');
      await raised(good, 'refunded-elsewhere', 're_pi_1');
      expect(await broken([refunded('pi_1')])).to.deep.equal([]);
      await client.query('DELETE FROM payment.incidents');
      expect(await broken([])).to.deep.equal([
        'money, gateway: completed, our records hold 2500 EUR, the gateway holds 0 EUR',
      ]);
    });

    it('holds for an open dispute that an incident names, and not without', async () => {
      await recorded(good, 'dp_pi_1', 'pending');
      expect(await broken([disputed('pi_1', 'needs_response')])).to.have.length(1);
      await raised(good, 'charge-disputed', 'dp_pi_1');
      expect(await broken([])).to.deep.equal([]);
    });

    it('holds for a failed order whose refund failed later, once an incident names it', async () => {
      await recorded(unserved, 're_pi_2', 'failed', true);
      const failed = [charged(unserved, 'pi_2'), refunded('pi_2', 2500, 'failed')];
      expect(await broken(failed)).to.deep.equal(['money, gateway: failed, and the gateway holds 2500 EUR']);
      await raised(unserved, 'refund-failed', 're_pi_2');
      expect(await broken([])).to.deep.equal([]);
    });

    it('sees a refund at the gateway that payment has never seen, unless it has just happened', async () => {
      const RETURNED =
        'money, returned at the gateway: the refund re_pi_1 of 2500 is settled at the gateway, and payment has none';
      await raised(good, 'refunded-elsewhere', 're_pi_1');
      expect(await broken([refunded('pi_1')])).to.deep.equal([RETURNED]);
      const oneHour = Date.now() + 3_600_000;
      expect(await broken([], { unseenMs: oneHour })).to.deep.equal([]);
      await client.query(`INSERT INTO payment.checkpoints VALUES ('refunds', now())`);
      expect(await broken([], { unseenMs: oneHour }), 'the lists were compared since').to.deep.equal([
        RETURNED,
      ]);
    });

    it('sees a refund of ours that the gateway does not know, another amount, another state', async () => {
      await recorded(good, 're_pi_1', 'settled');
      await raised(good, 'refunded-elsewhere', 're_pi_1');
      expect(await broken([])).to.deep.equal([
        'money, returned at the gateway: the refund re_pi_1 of 2500 is settled for payment, and the gateway has none',
      ]);
      expect(await broken([refunded('pi_1', 2500, 'pending')])).to.deep.equal([
        'money, returned at the gateway: the refund re_pi_1 of 2500 is settled for payment, 2500 and pending at the gateway',
      ]);
      await client.query('UPDATE payment.reversals SET amount = 2000');
      simulator.ledgerFile.add([{ t: 'refund moved', id: 're_pi_1', status: 'succeeded', at: 0 }]);
      expect(await broken([])).to.deep.equal([
        'money, returned at the gateway: the refund re_pi_1 of 2000 is settled for payment, 2500 and settled at the gateway',
      ]);
    });
  });

  it('is skipped, with a word, where no gateway runs', async () => {
    const results = await verifyLedger({ databaseUrl: database.url });
    const result = results.find(({ name }) => name === 'money, gateway');
    expect(result).to.deep.include({ skipped: 'no gateway simulator runs', violations: 0 });
  });

  it('fails, rather than skips, where the gateway that was named does not answer', async () => {
    const outcome = await verifyLedger({ databaseUrl: database.url, gatewayUrl: 'http://127.0.0.1:9' }).catch(
      String,
    );
    expect(outcome).to.match(/the gateway does not answer/);
  });
});
