/** Every public bug report in `README.md` is guarded by a test that exists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../run/stack/places.ts';

const ROW = /^\| (\S+\/\S+#\d+) \| .+ \| .+ \| `(.+)` \| `(.+)` \|$/;
const table = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const rows = table.split('\n').flatMap((line) => {
  const [, source, test, file] = ROW.exec(line) ?? [];
  return source === undefined || test === undefined || file === undefined ? [] : [{ source, test, file }];
});

describe('other people’s bugs', () => {
  it('are thirty or more, each from one source', () => {
    expect(rows.length).to.equal(table.split('\n').filter((line) => line.startsWith('| ')).length - 1);
    expect(new Set(rows.map(({ source }) => source)).size)
      .to.equal(rows.length)
      .and.be.at.least(30);
  });

  for (const { source, test, file } of rows) {
    it(`${source} is guarded in ${file}`, () => {
      expect(readFileSync(join(root, file), 'utf8')).to.include(test);
    });
  }
});
