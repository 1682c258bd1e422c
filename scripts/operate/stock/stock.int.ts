/** `npm run stock` as a person runs it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { imbalances } from '#participants/inventory/testing/bench.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { root } from '#scripts/run/stack/places.ts';

describe('npm run stock', () => {
  let test: TestDatabase;
  const folder = mkdtempSync(join(tmpdir(), 'stock-'));
  before(async () => {
    test = await openTestDatabase();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await test.close();
  });

  const stock = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = { ...process.env, DATABASE_URL: test.url };
      execFile(
        process.execPath,
        [join(root, 'scripts/operate/stock.ts'), ...args],
        { env },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const csv = (text: string | Buffer) => {
    const file = join(folder, 'levels.csv');
    writeFileSync(file, text);
    return file;
  };
  const available = async (sku: string) => JSON.parse((await stock('get', sku, '--json')).stdout).available;

  it('sets and gets a level, and accounts for it', async () => {
    expect((await stock('set', 'tea', '12')).code).to.equal(0);
    expect((await stock('set', 'tea', '7')).code).to.equal(0);
    expect(JSON.parse((await stock('get', 'tea', '--json')).stdout)).to.deep.equal({
      sku: 'tea',
      available: 7,
      reserved: 0,
      sold: 0,
    });
    expect((await stock('get', 'tea')).stdout).to.match(/^available {2}7$/m);
    expect(await imbalances(test.db)).to.deep.equal([]);
  });

  it('loads a file, all or nothing', async () => {
    expect((await stock('load', csv('sku,quantity\ncup,3\nespresso-cup,9\n'))).code).to.equal(0);
    expect(await available('cup')).to.equal(3);
    const bad = await stock('load', csv('sku,quantity\ncup,4\nespresso-cup,many\n'));
    expect(bad).to.include({ code: 2, stdout: '' });
    expect(bad.stderr).to.contain('line 3: "many"');
    expect(await available('cup')).to.equal(3);
    expect(await imbalances(test.db)).to.deep.equal([]);
  });

  it('shows the plan, and keeps who set what, and why', async () => {
    await stock('set', 'jam', '4');
    const dry = await stock('set', 'jam', '9', '--dry-run');
    expect(dry.stdout).to.match(/^jam: 4 → 9 available \(\+5\)\nPlan [0-9a-f]{64}\n$/);
    expect(await available('jam')).to.equal(4);
    const planHash = /[0-9a-f]{64}/.exec(dry.stdout)?.[0] ?? '';
    const set = await stock('set', 'jam', '9', '--plan', planHash, '--reason', 'counted');
    expect(set.code, set.stderr).to.equal(0);
    const kept = await test.db.query(
      `SELECT reason, plan_hash, changes, actor <> '' AS named FROM inventory.corrections
        WHERE changes::text LIKE '%"jam"%' ORDER BY at DESC LIMIT 1`,
    );
    expect(kept).to.deep.equal([
      { reason: 'counted', plan_hash: planHash, changes: [{ sku: 'jam', from: 4, to: 9 }], named: true },
    ]);
    expect((await stock('set', 'jam', '9', '--dry-run')).stdout).to.match(/^Nothing changes\n/);
  });

  it('changes exactly what was planned: nothing once the stock has moved, and no new sku', async () => {
    await stock('set', 'oil', '4');
    const file = csv('oil,9\nnew-oil,2\n');
    const planHash = /[0-9a-f]{64}/.exec((await stock('load', file, '--dry-run')).stdout)?.[0] ?? '';
    await stock('set', 'oil', '3');
    const changed = await stock('load', file, '--plan', planHash);
    expect(changed).to.include({ code: 6, stdout: '' });
    expect(changed.stderr).to.contain('oil: 3 → 9 available (+6)').and.contain('nothing was done');
    expect(await available('oil')).to.equal(3);
    expect((await stock('get', 'new-oil')).code).to.equal(1);
    const now = /Plan ([0-9a-f]{64})/.exec(changed.stderr)?.[1] ?? '';
    expect((await stock('load', file, '--plan', now)).code).to.equal(0);
    expect(await available('oil')).to.equal(9);
    expect(await imbalances(test.db)).to.deep.equal([]);
  });

  it('refuses a file in another encoding, by line and name, and shows no control character of a file', async () => {
    const refused = await stock('load', csv(Buffer.from('sku,quantity\ncaf\xe9,3\n', 'latin1')));
    expect(refused).to.include({ code: 2, stdout: '' });
    expect(refused.stderr).to.contain('line 2: it is not UTF-8 but, it seems, Windows-1252');
    const hostile = await stock('load', csv('cup,\u001b]0;x\u0007\u009b2J\n'));
    expect(hostile.code).to.equal(2);
    expect(hostile.stderr.replaceAll('\n', '')).not.to.match(/\p{Cc}/u);
    expect((await stock('load', csv('\uFEFFsku,quantity\r\ncafé,3\r\n'))).code).to.equal(0);
    expect(await available('café')).to.equal(3);
  });

  it('prints the problem of a wrong call and the usage, and exits with 2', async () => {
    for (const args of [
      [],
      ['set', 'tea'],
      ['set', 'tea', 'x'],
      ['get'],
      ['load', 'none.csv'],
      ['fly', 'tea'],
      ['get', 'a', '--x'],
      ['set', 'tea', '1', '--plan', 'x'],
      ['set', 'tea', '1', '--reason', 'x'.repeat(1_001)],
    ]) {
      const { code, stdout, stderr } = await stock(...args);
      expect({ code, stdout }, args.join(' ')).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr, args.join(' ')).to.match(/^\S.+\nusage: npm run stock/);
    }
  });

  it('exits with 1 when the sku is unknown', async () => {
    expect(await stock('get', 'nothing')).to.deep.include({ code: 1, stdout: '' });
  });
});
