/** Output for people and for programs. */
import { expect } from 'chai';
import { ago, instant, render, renderOne, table } from './output.ts';

describe('output', () => {
  it('is a table without frames or trailing blanks', () => {
    expect(
      table(
        ['A', 'LONG'],
        [
          ['1', 'x'],
          ['22', ''],
        ],
      ),
    ).to.equal('A   LONG\n1   x\n22');
  });

  it('is JSON, JSON lines, or a table', () => {
    const items = [{ a: 1 }, { a: 2 }];
    expect(JSON.parse(render('json', items, () => ''))).to.deep.equal(items);
    expect(render('jsonl', items, () => '')).to.equal('{"a":1}\n{"a":2}');
    expect(render('table', items, (some) => `${some.length} items`)).to.equal('2 items');
    expect(renderOne('jsonl', { a: [1] }, () => '')).to.equal('{"a":[1]}');
  });

  it('shows an age in the largest fitting unit', () => {
    const at = (seconds: number) => ago(new Date(0).toISOString(), seconds * 1000);
    expect([3, 119, 120, 7_199, 7_200, 172_800].map(at)).to.deep.equal([
      '3 s',
      '119 s',
      '2 min',
      '120 min',
      '2 h',
      '2 d',
    ]);
    expect(ago(new Date(5_000).toISOString(), 0)).to.equal('0 s');
    expect(instant('2026-11-22T10:00:00.123Z')).to.equal('2026-11-22 10:00:00.123');
  });
});
