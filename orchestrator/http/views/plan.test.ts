/** A preview shows exactly the messages an action will send, or the reason of its refusal. */
import { expect } from 'chai';
import { type ActionData, actionEnvelope } from '#engine/control.ts';
import { sentBy, step } from '#engine/step/step.ts';
import type { SagaRun } from '#engine/testing/saga-run.ts';
import {
  deadline,
  given,
  inventoryReserved,
  NOW_MS,
  order,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import { planOf } from './plan.ts';
import { incoming } from './remaining.ts';

const ACTION_ID = '019a0000-0000-7000-8000-0000000000aa';
const data = (run: SagaRun, action: ActionData['action'], revision = run.row.revision): ActionData => ({
  actionId: ACTION_ID,
  action,
  revision,
  actor: 'olga',
  reason: 'because',
});
const plan = (run: SagaRun, request: ActionData) => planOf(run.definition, run.row, request, NOW_MS);

describe('a preview', () => {
  const runs: Record<string, SagaRun> = {
    reserving: given(order),
    charging: given(order).after(inventoryReserved),
    'going back': given(order).after(inventoryReserved, deadline('chargeDeadline')),
    'held by a refused undo': given(order).after(
      inventoryReserved,
      deadline('chargeDeadline'),
      'payment.refundRefused',
    ),
    ended: given(order).after('inventory.refused'),
  };
  for (const [where, run] of Object.entries(runs)) {
    for (const action of ['retry', 'compensate'] as const) {
      it(`of ${action} while ${where} agrees with the engine`, () => {
        const request = data(run, action);
        const shown = plan(run, request);
        const result = step(
          run.definition,
          run.row,
          incoming(actionEnvelope(run.row.id, request, NOW_MS)),
          NOW_MS,
        );
        if (shown.outcome !== 'applies') {
          expect(result).to.deep.include({ kind: 'refused' });
          return expect(result).to.have.nested.property('outcome.detail', shown.detail);
        }
        if (result.kind !== 'taken') throw new Error(`shown to apply, but ${result.kind}`);
        const ids = [...shown.sends.map(({ id }) => id), ...shown.again.map(({ commandId }) => commandId)];
        expect(ids).to.deep.equal(sentBy(result.entry));
        expect(ids).not.to.deep.equal([]);
        expect(shown.state).to.equal(result.row.state);
        expect(shown.sends.map((one) => one.data)).to.deep.equal(
          result.entry.out.map(({ event }) => event.data),
        );
      });
    }
  }

  it('of an unstarted saga shows what its start and the action send', () => {
    const run = unstarted(order);
    const shown = plan(run, data(run, 'compensate'));
    expect(shown).to.include({ outcome: 'applies', status: 'compensating' });
    expect(shown.outcome === 'applies' && shown.sends.map(({ type }) => type)).to.deep.equal([
      'inventory.reserve',
      'order.failed',
      'inventory.release',
    ]);
  });

  // Regression: the repeat of what the start sends was left out.
  it('of a retry of an unstarted saga shows the command that its start sends, and its repeat', () => {
    const run = unstarted(order);
    const shown = plan(run, data(run, 'retry'));
    expect(shown.outcome === 'applies' && shown.sends.map(({ type, again }) => [type, again])).to.deep.equal([
      ['inventory.reserve', false],
      ['inventory.reserve', true],
    ]);
  });

  it('with an old revision is refused', () => {
    const run = given(order).after(inventoryReserved);
    const shown = plan(run, data(run, 'compensate', run.row.revision - 1));
    expect(shown)
      .to.deep.include({ outcome: 'refused' })
      .and.to.have.property('detail')
      .that.includes('moved on');
  });
});
