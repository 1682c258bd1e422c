/** Items of a batch as comma-separated values: whatever a failure's text holds, a line stays a line. */
import { expect } from 'chai';
import type { BatchItemView } from './batch.ts';
import { csvOf } from './batch-export.ts';

const ITEM: BatchItemView = {
  number: 1,
  target: '019a0000-0000-7000-8000-0000000000aa',
  state: 'ended',
  outcome: 'failed-again',
  detail: null,
  actedAt: new Date('2026-11-30T03:00:00.000Z'),
};

describe('an exported batch', () => {
  it('quotes what would break a line, and what a spreadsheet would compute', () => {
    const lines = csvOf([
      { ...ITEM, detail: 'a "quoted", text', fingerprint: 'payment/down' },
      { ...ITEM, detail: '=HYPERLINK(1)', actionId: ITEM.target },
      { ...ITEM, detail: 'two\r\nlines', actedAt: null },
    ]).split('\r\n');
    expect(lines).to.have.length(5);
    expect(lines[0]).to.equal('number,target,state,outcome,detail,fingerprint,actionId,actedAt');
    expect(lines[1]).to.equal(
      `1,${ITEM.target},ended,failed-again,"a ""quoted"", text",payment/down,,2026-11-30T03:00:00.000Z`,
    );
    expect(lines[2]).to.include(`,'=HYPERLINK(1),,${ITEM.target},`);
    expect(lines[3]).to.match(/,two.*lines,,,$/);
  });
});
