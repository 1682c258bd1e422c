/** A customer is erased in a working system: nothing of hers is left in tables, mails and logs, and everything holds. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { foldersOf } from '#scripts/run/system/system-plan.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

const CUSTOMER = 'ann.noether@example.org';
const STREET = '17 Hidden Street';
/** The local part is in mails, should somebody encode the address. */
const PLAINTEXT = [CUSTOMER, 'ann.noether', STREET];

describe('an erased customer', function () {
  this.timeout(300_000);
  let shop: Shop;
  let client: pg.Client;
  before(async () => {
    shop = await openShop('erasure', { gateway: 'simulator', only: [...WITH_GATEWAY, 'retention'] });
    client = new pg.Client(connectionTo(shop.databaseUrl));
    await client.connect();
  });
  after(async () => {
    await client?.end();
    await shop?.stop();
  });

  const admin = async () => ({ authorization: `Bearer ${await tokenFor(roleHolder('admin'), 'test')}` });
  const folders = () => foldersOf('test', shop.prefix);

  /** The columns that hold a text. */
  async function columnsWith(plaintext: string): Promise<string[]> {
    const { rows } = await client.query<{ name: string; column: string; type: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name, column_name AS column, data_type AS type
         FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
          AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea')`,
    );
    const found: string[] = [];
    for (const { name, column, type } of rows) {
      const text = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
      const { rowCount } = await client.query(
        `SELECT 1 FROM ${name} WHERE position($1 IN ${text}) > 0 LIMIT 1`,
        [plaintext],
      );
      if (rowCount) found.push(`${name}.${column}`);
    }
    return found;
  }
  /** The files under a folder that hold a text. */
  const filesWith = (folder: string, plaintext: string) =>
    readdirSync(folder, { recursive: true })
      .map((path) => join(folder, String(path)))
      .filter((path) => statSync(path).isFile() && readFileSync(path).includes(plaintext));

  it('is in no table, no mail and no log, and replays, chain and ledger hold', async () => {
    const hers = { customerId: CUSTOMER, line1: STREET };
    const ids = await shop.placeMany(6, (i) => ({
      ...hers,
      ...[{}, { method: 'pm_card_chargeDeclined' }, { country: 'AQ' }][i],
    }));
    const [cancelled = ''] = [await shop.place(hers)];
    await shop.post(`/v1/orders/${cancelled}/cancel`, { reason: 'changed my mind' });
    await shop.ended([...ids, cancelled, await shop.place({ customerId: 'bob@example.org' })]);
    await waitUntil(
      async () => filesWith(folders().mail, CUSTOMER),
      (files) => files.length >= ids.length,
      { what: 'her mails' },
    );
    expect(await columnsWith(CUSTOMER)).to.have.length.above(5);

    const answer = await shop.post(
      '/v1/erasures',
      { customerId: CUSTOMER, reason: 'letter 17' },
      await admin(),
    );
    expect(answer.status, await answer.clone().text()).to.equal(202);
    const { links } = (await answer.json()) as { links: { self: string } };
    const api = shop.system.urls['api'] ?? '';
    await waitUntil(
      async () =>
        (await (await fetch(api + links.self, { headers: await admin() })).json()) as { state: string },
      ({ state }) => state === 'done',
      { what: 'the end of the erasure' },
    );

    for (const plaintext of PLAINTEXT) {
      expect(await columnsWith(plaintext), plaintext).to.deep.equal([]);
      expect(filesWith(folders().mail, plaintext), plaintext).to.deep.equal([]);
      expect(filesWith(folders().logs, plaintext), plaintext).to.deep.equal([]);
    }
    expect(await columnsWith('bob@example.org')).not.to.have.length(0);
    const [first = ''] = ids;
    const { customerId } = await shop.get<{ customerId: string }>(`/v1/sagas/${first}`);
    expect(customerId).to.match(/^erased-/);
    expect(await shop.get('/v1/audit/verify')).to.include({ holds: true });
    const results = await waitUntil(
      () => verifyLedger({ databaseUrl: shop.databaseUrl }),
      (some) => some.every(({ violations }) => violations === 0),
      { what: 'a ledger without violations' },
    );
    expect(results.length).to.be.above(10);
  });
});
