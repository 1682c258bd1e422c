import { expect } from 'chai';
import type { FailureCode, TerminalError } from '#protocol/errors.ts';
import { coupon } from '../coupon/contract.ts';
import { cutWhereKeysReturn, receive } from './received-command.ts';
import { commandRecord, newSaga, recordOf } from './testing/commands.ts';
import { redeem, redeemId, restore } from './testing/toy.ts';

describe('a record received', () => {
  const saga = newSaga();

  it('becomes a command with its undone ids and its time limit', () => {
    const forward = receive(coupon, redeem(saga, { deadline: '2026-11-22T10:00:00.000Z' }));
    expect(forward).to.include({ id: redeemId(saga), sagaId: saga, type: 'coupon.redeem' });
    expect(forward.undoes).to.deep.equal([]);
    expect(forward.skipAfter).to.equal(Date.parse('2026-11-22T10:00:30.000Z'));
    const undo = receive(coupon, restore(saga));
    expect(undo.undoes).to.deep.equal([redeemId(saga)]);
    expect(undo.skipAfter).to.equal(null);
  });

  const good = { undoes: [redeemId(saga)] };
  const other = newSaga();
  const cases: Array<[string, FailureCode, ReturnType<typeof recordOf>]> = [
    ['another’s command', 'unknown-type', commandRecord(coupon, saga, 'payment.charge', {})],
    [
      'data against the contract',
      'invalid-data',
      commandRecord(coupon, saga, 'coupon.redeem', { amount: -1 }),
    ],
    ['a key that is not the saga', 'wrong-key', { ...restore(saga), key: other }],
    ['a key that is no UTF-8', 'wrong-key', { ...restore(saga), keyBytes: Buffer.from([0xff]) }],
    ['no key', 'wrong-key', { ...restore(saga), key: null }],
    ['a subject that is no saga id', 'wrong-key', commandRecord(coupon, 'order-1', 'coupon.restore', good)],
    [
      'an undo of another saga’s command',
      'invalid-data',
      commandRecord(coupon, other, 'coupon.restore', good),
    ],
    [
      'an undo of an undo',
      'invalid-data',
      commandRecord(coupon, saga, 'coupon.restore', { undoes: [`${saga}/coupon.restore`] }),
    ],
    [
      'an id of another type',
      'invalid-data',
      recordOf(
        'x',
        saga,
        String(restore(saga).value).replace('"type":"coupon.restore"', '"type":"coupon.revoke"'),
      ),
    ],
  ];
  for (const [what, code, record] of cases) {
    it(`is refused: ${what}`, () => {
      expect(() => receive(coupon, record))
        .to.throw()
        .that.satisfies((error: TerminalError) => error.code === code, `code ${code}`);
    });
  }
});

describe('cutWhereKeysReturn', () => {
  const ids = (...letters: string[]) => {
    const sagas = new Map(letters.map((letter) => [letter, newSaga()]));
    const received = letters.map((letter) => receive(coupon, redeem(sagas.get(letter) ?? '')));
    const names = new Map([...sagas].map(([letter, saga]) => [saga, letter]));
    return cutWhereKeysReturn(received).map((group) => group.map((one) => names.get(one.sagaId)).join(''));
  };

  it('makes one group while no saga returns', () => expect(ids('a', 'b', 'c')).to.deep.equal(['abc']));
  it('begins a group at each return, and keeps the order', () => {
    expect(ids('a', 'b', 'a', 'c', 'b', 'b')).to.deep.equal(['ab', 'acb', 'b']);
  });
  it('makes no group of an empty batch', () => expect(cutWhereKeysReturn([])).to.deep.equal([]));
});
