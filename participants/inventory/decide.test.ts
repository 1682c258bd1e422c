import { expect } from 'chai';
import type { AnyCommand, Target } from '#runtime/participant.ts';
import type { InventoryContract } from './contract.ts';
import { bySku, decideInventory, type LockedRows } from './decide.ts';
import type { Level, Reservation } from './store.ts';

type Command = AnyCommand<InventoryContract>;

const reserve = (sagaId: string, items: Record<string, number> | Array<[string, number]>): Command => ({
  type: 'inventory.reserve',
  id: `${sagaId}/inventory.reserve`,
  sagaId,
  targets: [],
  data: {
    items: (Array.isArray(items) ? items : Object.entries(items)).map(([sku, quantity]) => ({
      sku,
      quantity,
    })),
  },
});
const confirm = (sagaId: string): Command => ({
  type: 'inventory.confirm',
  id: `${sagaId}/inventory.confirm`,
  sagaId,
  targets: [],
  data: {},
});
const takeBack = (
  type: 'inventory.release' | 'inventory.revoke',
  sagaId: string,
  targets: Record<string, string | null>,
): Command => ({
  type,
  id: `${sagaId}/${type}`,
  sagaId,
  data: { undoes: Object.keys(targets) },
  targets: Object.entries(targets).map(
    ([name, replyType]): Target => ({
      commandId: `${sagaId}/inventory.${name}`,
      state: replyType === null ? 'tombstone' : 'answered',
      replyType,
    }),
  ),
});
const release = (sagaId: string, targets: Record<string, string | null>) =>
  takeBack('inventory.release', sagaId, targets);

function unitOfWork(
  levels: Record<string, Partial<Level>>,
  reservations: Array<Partial<Reservation>> = [],
): LockedRows {
  const all = reservations.map(
    (one): Reservation => ({
      sagaId: 'a',
      commandId: 'a/inventory.reserve',
      items: [{ sku: 'x', quantity: 2 }],
      state: 'reserved',
      confirmedBy: null,
      ...one,
    }),
  );
  const level = { available: 0, reserved: 0, sold: 0 };
  return {
    levels: new Map(Object.entries(levels).map(([sku, some]) => [sku, { ...level, ...some }])),
    reservations: Map.groupBy(all, ({ sagaId }) => sagaId),
  };
}

describe('inventory decides', () => {
  it('in order: an earlier order leaves less to a later one of the batch', () => {
    const given = unitOfWork({ x: { available: 5 } });
    const { replies, changes } = decideInventory(
      [reserve('a', { x: 3 }), reserve('b', { x: 3 }), reserve('c', { x: 2 })],
      given,
    );
    expect(replies.map(({ type }) => type)).to.deep.equal([
      'inventory.reserved',
      'inventory.refused',
      'inventory.reserved',
    ]);
    expect(replies[1]?.data).to.deep.equal({
      code: 'sold-out',
      text: 'only 2 of x are left, and 3 were ordered.',
    });
    expect(given.levels.get('x')).to.deep.equal({ available: 0, reserved: 5, sold: 0 });
    expect(changes.movements.map(({ sagaId, available }) => [sagaId, available])).to.deep.equal([
      ['a', -3],
      ['c', -2],
    ]);
  });

  it('all items of an order or none', () => {
    const given = unitOfWork({ x: { available: 5 }, y: { available: 1 } });
    const { replies, changes } = decideInventory([reserve('a', { x: 1, y: 2 })], given);
    expect(replies[0]?.type).to.equal('inventory.refused');
    expect(changes).to.deep.equal({ movements: [], made: [], moved: [] });
    expect(given.levels.get('x')?.available).to.equal(5);
  });

  it('on the sum where an order lists a sku twice', () => {
    expect(
      bySku(
        [
          ['y', 1],
          ['x', 2],
          ['y', 3],
        ].map(([sku, quantity]) => ({ sku: String(sku), quantity: Number(quantity) })),
      ),
    ).to.deep.equal([
      { sku: 'x', quantity: 2 },
      { sku: 'y', quantity: 4 },
    ]);
    const twice = reserve('a', [
      ['x', 2],
      ['x', 2],
    ]);
    expect(decideInventory([twice], unitOfWork({ x: { available: 3 } })).replies[0]?.type).to.equal(
      'inventory.refused',
    );
    expect(
      decideInventory([twice], unitOfWork({ x: { available: 4 } })).changes.made[0]?.items,
    ).to.deep.equal([{ sku: 'x', quantity: 4 }]);
  });

  it('to refuse an unknown sku by name', () => {
    const { replies } = decideInventory(
      [reserve('a', { x: 1, ghost: 1 })],
      unitOfWork({ x: { available: 5 } }),
    );
    expect(replies[0]).to.deep.equal({
      type: 'inventory.refused',
      data: { code: 'unknown-sku', text: 'We do not sell ghost.' },
    });
  });

  it('to confirm a reservation once', () => {
    const given = unitOfWork({ x: { reserved: 2 } }, [{}]);
    const { replies, changes } = decideInventory([confirm('a'), confirm('a'), confirm('b')], given);
    expect(replies.map(({ type }) => type)).to.deep.equal([
      'inventory.confirmed',
      'inventory.confirmRefused',
      'inventory.confirmRefused',
    ]);
    expect(given.levels.get('x')).to.deep.equal({ available: 0, reserved: 0, sold: 2 });
    expect(changes.moved).to.deep.equal([
      {
        sagaId: 'a',
        commandId: 'a/inventory.reserve',
        items: [{ sku: 'x', quantity: 2 }],
        state: 'confirmed',
        confirmedBy: 'a/inventory.confirm',
      },
    ]);
  });

  it('to confirm the last reservation where an earlier one was made late, in whatever order the rows come', () => {
    const reserved = ['a/inventory.reserve#2', 'a/inventory.reserve#10', 'a/inventory.reserve'];
    for (const order of [reserved, reserved.toReversed()]) {
      const given = unitOfWork(
        { x: { reserved: 6 } },
        order.map((commandId) => ({ commandId })),
      );
      const { changes } = decideInventory([confirm('a')], given);
      expect(changes.moved.map(({ commandId }) => commandId)).to.deep.equal(['a/inventory.reserve#10']);
    }
  });

  it('to refuse to confirm a released reservation', () => {
    const { replies } = decideInventory([confirm('a')], unitOfWork({ x: {} }, [{ state: 'released' }]));
    expect(replies[0]?.type).to.equal('inventory.confirmRefused');
  });

  describe('an undo', () => {
    it('releases reserved items', () => {
      const given = unitOfWork({ x: { reserved: 2 } }, [{}]);
      const { replies, changes } = decideInventory(
        [release('a', { reserve: 'inventory.reserved', confirm: null })],
        given,
      );
      expect(replies[0]?.data).to.deep.equal({
        found: { 'a/inventory.reserve': 'undone', 'a/inventory.confirm': 'not-executed' },
      });
      expect(given.levels.get('x')).to.deep.equal({ available: 2, reserved: 0, sold: 0 });
      expect(changes.movements.map(({ kind }) => kind)).to.deep.equal(['release']);
    });

    it('returns sold items once, although it names two commands', () => {
      const given = unitOfWork({ x: { sold: 2 } }, [
        { state: 'confirmed', confirmedBy: 'a/inventory.confirm' },
      ]);
      const { replies, changes } = decideInventory(
        [release('a', { reserve: 'inventory.reserved', confirm: 'inventory.confirmed' })],
        given,
      );
      expect(replies[0]?.data).to.deep.equal({
        found: { 'a/inventory.reserve': 'undone', 'a/inventory.confirm': 'undone' },
      });
      expect(given.levels.get('x')).to.deep.equal({ available: 2, reserved: 0, sold: 0 });
      expect(changes.movements.map(({ kind }) => kind)).to.deep.equal(['return']);
    });

    it('finds a repeated undo done and changes nothing', () => {
      const given = unitOfWork({ x: { available: 2 } }, [{ state: 'released' }]);
      const { replies, changes } = decideInventory([release('a', { reserve: 'inventory.reserved' })], given);
      expect(replies[0]?.data).to.deep.equal({ found: { 'a/inventory.reserve': 'undone' } });
      expect(changes.movements).to.deep.equal([]);
    });

    it('finds a command not executed that never came, and refused one that was refused', () => {
      const { replies, changes } = decideInventory(
        [release('a', { reserve: 'inventory.refused', confirm: null })],
        unitOfWork({}),
      );
      expect(replies[0]?.data).to.deep.equal({
        found: { 'a/inventory.reserve': 'refused', 'a/inventory.confirm': 'not-executed' },
      });
      expect(changes.movements).to.deep.equal([]);
    });

    it('is refused when the command it names left no row', () => {
      const { replies } = decideInventory([release('a', { reserve: 'inventory.reserved' })], unitOfWork({}));
      expect(replies[0]).to.deep.include({ type: 'inventory.releaseRefused' });
    });
  });

  it('to undo nothing for a revoke, and to report its findings', () => {
    const given = unitOfWork({ x: { reserved: 2 } }, [{}]);
    const { replies, changes } = decideInventory(
      [takeBack('inventory.revoke', 'a', { reserve: 'inventory.reserved', confirm: null })],
      given,
    );
    expect(replies[0]).to.deep.equal({
      type: 'inventory.revoked',
      data: { found: { 'a/inventory.reserve': 'done', 'a/inventory.confirm': 'not-executed' } },
    });
    expect(changes).to.deep.equal({ movements: [], made: [], moved: [] });
  });
});
