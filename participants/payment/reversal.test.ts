import { expect } from 'chai';
import { type Change, incidentsOf, type Reversal } from './reversal.ts';

const STATES: ReadonlyArray<Reversal['state']> = ['pending', 'settled', 'failed'];
const KEY = { sagaId: 'a-saga', commandId: 'a-saga/payment.charge' };

describe('incidentsOf', () => {
  const codes = (
    kind: Reversal['kind'],
    before: Change['before'],
    state: Reversal['state'],
    { own = false, isTakenBack = false } = {},
  ) => {
    const reversal = { id: 're_1', kind, amount: 100, state, status: 'as the gateway has it', own };
    const charge = { amount: 4990, currency: 'EUR', isTakenBack };
    const incidents = incidentsOf({ ...KEY, reversal, before }, charge);
    for (const { id, code, text } of incidents) {
      expect(id).to.equal(`${code}-re_1`);
      expect(text).to.match(/re_1 of 100 of 4990 EUR .* as the gateway has it$/);
    }
    return incidents.map(({ code }) => code);
  };
  const changes = [null, ...STATES].flatMap((before) =>
    STATES.filter((state) => state !== before).map((state) => [before, state] as const),
  );

  // Regression: a dispute that was won, an inquiry that became one, and the failure of others' refund were in the ledger alone.
  it('names every change of a dispute, also of a charge that is taken back', () => {
    for (const isTakenBack of [false, true])
      for (const [before, state] of changes) {
        const turns = { pending: 'dispute-escalated', settled: 'dispute-lost', failed: 'dispute-won' };
        const code = before === null ? 'charge-disputed' : turns[state];
        expect(codes('dispute', before, state, { isTakenBack }), `${before} → ${state}`).to.deep.equal([
          code,
        ]);
      }
  });

  it('names every change of others’ refund of a charge that stands, except one that never moved anything', () => {
    for (const [before, state] of changes) {
      const isNothing = before === null && state === 'failed';
      const code = state === 'failed' ? 'refund-elsewhere-failed' : 'refunded-elsewhere';
      expect(codes('refund', before, state), `${before} → ${state}`).to.deep.equal(isNothing ? [] : [code]);
    }
  });

  it('leaves the refunds of an undo to its replies', () => {
    for (const [before, state] of changes) {
      expect(codes('refund', before, state, { isTakenBack: true })).to.deep.equal([]);
      expect(codes('refund', before, state, { isTakenBack: true, own: true })).to.deep.equal([]);
    }
  });
});
