import { expect } from 'chai';
import { noteInto } from './recorder.ts';
import { newRecord } from './run-record.ts';

describe('the recorder of requests', () => {
  let now = 0;
  const clock = { now: () => now, startedAt: 0 };

  it('matches an end that overtakes its 202', () => {
    const record = newRecord(2);
    const noting = noteInto(record, clock);
    now = 5;
    noting.ended('b');
    now = 9;
    noting.accepted(1, 'b');
    expect(record.endedAt[1]).to.equal(5);
    expect(record.ids[1]).to.equal('b');
    expect(record.endedAt[0]).to.be.NaN;
  });

  it('takes the first of two ends', () => {
    const record = newRecord(1);
    const noting = noteInto(record, clock);
    noting.accepted(0, 'a');
    now = 10;
    noting.ended('a');
    now = 20;
    noting.ended('a');
    expect(record.endedAt[0]).to.equal(10);
  });
});
