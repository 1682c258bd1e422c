/** The remaining steps, from each state of a saga. */
import { expect } from 'chai';
import type { SagaRun } from '#engine/testing/saga-run.ts';
import {
  couponOrder,
  deadline,
  given,
  inventoryReserved,
  NOW_MS,
  notice,
  order,
  reply,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import { wayAhead } from './remaining.ts';

const ahead = ({ definition, row }: SagaRun) => {
  const { steps, ...end } = wayAhead(definition, row, NOW_MS);
  return {
    types: steps.map(({ type }) => type),
    awaited: steps.filter((step) => step.awaited).length,
    ...end,
  };
};
const COMPLETED = { state: 'completed', status: 'completed', complete: true };
const FAILED = { state: 'failed', status: 'failed', complete: true };

describe('the remaining steps', () => {
  const forward = ['inventory.reserve', 'payment.charge', 'inventory.confirm', 'shipping.prepare'];

  it('of an unstarted order are all steps, none of them awaited', () => {
    expect(ahead(unstarted(order))).to.deep.equal({ types: forward, awaited: 0, ...COMPLETED });
  });

  it('begin with the awaited command', () => {
    const run = given(order);
    expect(ahead(run)).to.deep.equal({ types: forward, awaited: 1, ...COMPLETED });
    expect(ahead(run.after(notice('inventory.delayed')))).to.deep.equal(ahead(run));
  });

  it('of an order with a coupon redeem it', () => {
    expect(ahead(given(couponOrder)).types).to.deep.equal([
      'inventory.reserve',
      'coupon.redeem',
      ...forward.slice(1),
    ]);
  });

  it('of a compensating saga are the remaining compensations', () => {
    const run = given(couponOrder).after(
      inventoryReserved,
      reply('coupon.redeemed', { data: { discount: 1 } }),
    );
    expect(ahead(run.after(deadline('chargeDeadline')))).to.deep.equal({
      types: ['payment.refund', 'coupon.restore', 'inventory.release'],
      awaited: 1,
      ...FAILED,
    });
  });

  it('issue a refused undo again', () => {
    const run = given(order).after(inventoryReserved, deadline('chargeDeadline'), 'payment.refundRefused');
    const { steps } = wayAhead(run.definition, run.row, NOW_MS);
    expect(steps.map(({ commandId }) => commandId.slice(run.row.id.length))).to.deep.equal([
      '/payment.refund#2',
      '/inventory.release',
    ]);
  });

  it('of an ended saga are none', () => {
    expect(ahead(given(order).after('inventory.refused'))).to.deep.equal({
      types: [],
      awaited: 0,
      ...FAILED,
    });
  });

  it('of a failed saga that undoes a late success are that undo', () => {
    const run = given(order).after(
      inventoryReserved,
      deadline('chargeDeadline'),
      reply('payment.refunded', {
        data: { found: { [`${given(order).row.id}/payment.charge`]: 'not-executed' } },
      }),
      'inventory.released',
      reply('payment.charged', {
        commandId: `${given(order).row.id}/payment.charge`,
        data: { chargeId: 'ch', amount: 1, currency: 'EUR' },
      }),
    );
    expect(ahead(run)).to.deep.equal({ types: ['payment.refund'], awaited: 1, ...FAILED });
  });
});
