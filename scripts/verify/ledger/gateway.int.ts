/** Compares the gateway's ledger with the participants' tables: finds money that only one of them records. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { uuidv7 } from '#protocol/ids.ts';
import type { Effect } from '#scripts/gateway-simulator/ledger.ts';
import { type Simulator, startSimulator } from '#scripts/gateway-simulator/server.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { openSmallShop } from './testing.ts';
import { type LedgerResult, verifyLedger } from './verify.ts';

const KEY = 'sk_test_local';

describe('the ledger and the gateway’s own', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'gateway-ledger-'));
  let database: FreshDatabase;
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
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`UPDATE payment.intents SET gateway = 'simulator'`);
    await client.end();
  });
  after(async () => {
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
  afterEach(() => simulator.close());

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
  const refunded = (intentId: string, amount = 2500): Effect[] => [
    { t: 'refund', id: `re_${intentId}`, intentId, amount, status: 'succeeded', created: 0 },
  ];
  const verify = async (...effects: Effect[][]): Promise<LedgerResult | undefined> => {
    simulator.ledgerFile.add(effects.flat());
    const gatewayUrl = `http://127.0.0.1:${(simulator.server.address() as AddressInfo).port}`;
    const results = await verifyLedger({ databaseUrl: database.url, gatewayUrl, limits: { clockMs: 0 } });
    return results.find(({ name }) => name === 'money, gateway');
  };
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
