import { expect } from 'chai';
import { type Settled, undoAnswer } from './undo-answer.ts';

const intents = (...entries: Array<[string, Settled]>) => new Map(entries);
const charged: Settled = { outcome: 'charged', undone: false };
const undone: Settled = { outcome: 'charged', undone: true };
const open: Settled = { outcome: 'open', undone: false };
const declined: Settled = { outcome: 'declined', undone: false };
const refused: Settled = { ...charged, refundRefusal: { code: 'refund-failed' } };

describe('the answer of an undo', () => {
  it('reports the finding of each charge', () => {
    const names = { a: 'not-executed', b: null, c: null } as const;
    expect(undoAnswer('payment.refund', names, intents(['b', declined], ['c', undone]))).to.deep.equal({
      type: 'payment.refunded',
      data: { found: { a: 'not-executed', b: 'refused', c: 'undone' } },
    });
  });

  it('waits while a charge is open or its refund pends', () => {
    const names = { a: 'not-executed', b: null, c: null } as const;
    expect(undoAnswer('payment.refund', names, intents(['b', open], ['c', undone]))).to.equal(null);
    expect(undoAnswer('payment.refund', names, intents(['b', charged], ['c', undone]))).to.equal(null);
  });

  it('reports a refused refund only once the others are settled', () => {
    const names = { a: null, b: null } as const;
    expect(undoAnswer('payment.refund', names, intents(['a', refused], ['b', open]))).to.equal(null);
    expect(undoAnswer('payment.refund', names, intents(['a', refused], ['b', undone]))).to.deep.equal({
      type: 'payment.refundRefused',
      data: { code: 'refund-failed' },
    });
  });

  it('of a revoke undoes nothing: a done charge stays done', () => {
    const answer = undoAnswer(
      'payment.revoke',
      { a: null, b: null },
      intents(['a', charged], ['b', declined]),
    );
    expect(answer).to.deep.equal({ type: 'payment.revoked', data: { found: { a: 'done', b: 'refused' } } });
  });

  it('fails for a charge without an intent', () => {
    expect(() => undoAnswer('payment.refund', { a: null }, new Map())).to.throw(/no intent/);
  });
});
