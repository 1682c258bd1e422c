/** `npm run stock` as a person runs it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { imbalances } from '#participants/inventory/testing/bench.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { root } from '#scripts/run/stack/places.ts';

describe('npm run stock', function () {
  this.timeout(60_000);
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
  const csv = (text: string) => {
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

  it('prints the problem of a wrong call and the usage, and exits with 2', async () => {
    for (const args of [
      [],
      ['set', 'tea'],
      ['set', 'tea', 'x'],
      ['get'],
      ['load', 'none.csv'],
      ['fly', 'tea'],
      ['get', 'a', '--x'],
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
