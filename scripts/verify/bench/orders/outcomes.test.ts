import { expect } from 'chai';
import type { Kind } from './mix.ts';
import { outcomes } from './outcomes.ts';

const endedAt = new Date();

describe('the outcomes of a run', () => {
  it('counts each kind against how it was made to end', () => {
    const accepted: Array<{ id: string; kind: Kind }> = [
      { id: 'a', kind: 'good' },
      { id: 'b', kind: 'good' },
      { id: 'c', kind: 'good' },
      { id: 'd', kind: 'declined' },
    ];
    const endings = new Map([
      ['a', { status: 'completed', reason: null, endedAt }],
      ['b', { status: 'failed', reason: 'reserve.timed-out', endedAt }],
      ['d', { status: 'failed', reason: 'payment.declined', endedAt }],
    ]);
    expect(outcomes(accepted, endings)).to.deep.equal([
      {
        kind: 'good',
        expected: 'completed',
        accepted: 3,
        asExpected: 1,
        otherwise: { 'failed (reserve.timed-out)': 1, missing: 1 },
      },
      { kind: 'declined', expected: 'failed (payment.declined)', accepted: 1, asExpected: 1, otherwise: {} },
    ]);
  });
});
