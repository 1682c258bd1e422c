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

  it('keeps a cell on its line, and its control characters out of the terminal', () => {
    const shown = table(['CUSTOMER', 'STATE'], [['\u001b]0;x\u0007\u009b2J\r\n42', 'completed']]);
    expect(shown.split('\n')).to.have.length(2);
    expect(shown.replaceAll('\n', '')).not.to.match(/\p{Cc}/u);
    expect(shown).to.include('\\u001b]0;x\\u0007');
  });

  describe('of an instant', () => {
    const { TZ } = process.env;
    afterEach(() => {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    });
    for (const [zone, text, shown] of [
      ['UTC', '2026-11-22T10:00:00.123Z', '2026-11-22 10:00:00.123+00:00'],
      ['Asia/Seoul', '2026-11-22T20:00:00.123Z', '2026-11-23 05:00:00.123+09:00'],
      ['America/St_Johns', '2026-11-22T01:00:00.000Z', '2026-11-21 21:30:00.000-03:30'],
      // The two half past two of the night in which summer time ends.
      ['Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-25 02:30:00.000+02:00'],
      ['Europe/Berlin', '2026-10-25T01:30:00.000Z', '2026-10-25 02:30:00.000+01:00'],
      ['Asia/Kathmandu', '2026-01-01T00:00:00.000Z', '2026-01-01 05:45:00.000+05:45'],
    ] as const) {
      it(`is local in ${zone}, and bears its offset: ${shown}`, () => {
        process.env.TZ = zone;
        expect(instant(text)).to.equal(shown);
      });
    }
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
  });
});
