import { expect } from 'chai';
import { Behaviours, behaviours as schema } from './behaviour.ts';

const set = (body: unknown, random = () => 0) => {
  const behaviours = new Behaviours(random);
  behaviours.set(schema.parse(body));
  return behaviours;
};

describe("the simulated gateway's behaviour", () => {
  it('is normal unless a rule is set', () => {
    const fate = new Behaviours(() => 0).fateOf('confirm', undefined);
    expect(fate).to.deep.equal({ waitMs: 0, outage: 'none', decline: false, fail: 'no', answerAfterMs: 0 });
  });

  it('applies to the next N requests of the calls named, then is dropped', () => {
    const behaviours = set({ on: ['confirm'], next: 2, chargeFirstThenAnswerAfterMs: 15_000 });
    const waits = (['create', 'confirm', 'confirm', 'confirm'] as const).map(
      (operation) => behaviours.fateOf(operation, 'o').answerAfterMs,
    );
    expect(waits).to.deep.equal([0, 15_000, 15_000, 0]);
    expect(behaviours.get()).to.deep.equal([]);
  });

  it('may speak of some orders only; the first that matches counts', () => {
    const behaviours = set([{ orderIds: ['a'], outage: 'hang' }, { errorRate: 1 }]);
    expect(behaviours.fateOf('create', 'a').outage).to.equal('hang');
    expect(behaviours.fateOf('create', 'b')).to.include({ outage: 'none', fail: 'before' });
  });

  it('takes rates as shares of the requests', () => {
    const values = [0.2, 0.8];
    const behaviours = set({ errorAfterActingRate: 0.5 }, () => values.shift() ?? 0.99);
    expect(behaviours.fateOf('confirm', undefined).fail).to.equal('after');
    expect(behaviours.fateOf('confirm', undefined).fail).to.equal('no');
  });

  it('refuses a misspelt field rather than ignoring it', () => {
    expect(schema.safeParse({ latency: 5 }).success).to.equal(false);
  });
});
