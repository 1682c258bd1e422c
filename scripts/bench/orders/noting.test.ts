import { expect } from 'chai';
import { noteInto } from './noting.ts';
import { newRecord } from './record.ts';

describe('noting what becomes of orders', () => {
  let now = 0;
  const clock = { now: () => now, startedAt: 0 };

  it('knows an order whose completion overtakes its 202', () => {
    const record = newRecord(2);
    const noting = noteInto(record, clock);
    now = 5;
    noting.completed('b');
    now = 9;
    noting.accepted(1, 'b');
    expect(record.endedAt[1]).to.equal(5);
    expect(record.ids[1]).to.equal('b');
    expect(record.endedAt[0]).to.be.NaN;
  });

  it('takes the first of two completions', () => {
    const record = newRecord(1);
    const noting = noteInto(record, clock);
    noting.accepted(0, 'a');
    now = 10;
    noting.completed('a');
    now = 20;
    noting.completed('a');
    expect(record.endedAt[0]).to.equal(10);
  });
});
