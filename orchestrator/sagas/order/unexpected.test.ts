/** Every reply type, in every state, to every command that is not awaited: noted, and nothing changes. */
import { expect } from 'chai';
import { contractOf } from '#engine/definition/definition.ts';
import type { SagaRun } from '#engine/testing/saga-run.ts';
import { action, couponOrder, definition, given, order, reply, unstarted } from './testing/given.ts';
import { endsOf } from './testing/paths.ts';

const OTHER = '019a0000-0000-7000-8000-0000000000ff';

/** One saga for each state an order can be in, from all the paths it can take. */
function everyState(): Map<string, SagaRun> {
  const states = new Map<string, SagaRun>([['created', unstarted()]]);
  for (const input of [couponOrder, order]) {
    for (const { run } of endsOf({
      run: given(input),
      ledger: {},
      late: [],
      events: [],
      path: [],
      held: false,
    }))
      states.set(run.row.state, run);
  }
  let run = given(couponOrder);
  const forward = ['inventory.reserved', 'coupon.redeemed', 'payment.charged', 'inventory.confirmed'];
  for (const success of [...forward, null]) {
    states.set(run.row.state, run);
    let back = run.when(action('compensate'));
    while (back.row.status === 'compensating') {
      states.set(back.row.state, back);
      const [undo] = Object.values(back.row.pending.awaiting);
      back = back.when(contractOf(definition, undo?.type ?? '').success);
    }
    if (success !== null)
      run = run.when(reply(success, { data: { discount: 1, chargeId: 'c', amount: 1, currency: 'EUR' } }));
  }
  return states;
}

describe('what an order does not expect', () => {
  const states = everyState();
  const replies = [...definition.replies.keys()];
  // An incident may concern a command that was answered: `step-incidents.test.ts`.
  const notices = [...definition.notices].flatMap(([type, kind]) => (kind === 'incident' ? [] : [type]));
  const commands = Object.keys(definition.commands);

  it('has a saga for every state of the machine', () => {
    const paths = (node: typeof definition.machine.root): string[] => {
      const below = Object.values(node.states).flatMap((child) => paths(child as typeof node));
      return below.length > 0 ? below : [node.path.join('.')];
    };
    expect([...states.keys()]).to.have.members(paths(definition.machine.root));
  });

  for (const [state, run] of states) {
    const notAwaited = (saga: SagaRun) =>
      [
        ...commands.flatMap((type) => [
          `${OTHER}/${type}`,
          `${saga.row.id}/${type}#9`,
          `${saga.row.id}/${type}`,
        ]),
        'nonsense',
      ].filter((id) => !(id in saga.row.pending.awaiting));

    it(`in ${state}: replies to what is not awaited`, () => {
      for (const type of replies) {
        for (const commandId of notAwaited(run)) {
          const late = run.row.pending.givenUp[commandId]?.found === 'not-executed';
          if (late && type === contractOf(definition, run.row.pending.givenUp[commandId]?.type ?? '').success)
            continue;
          const delivered = run.when(reply(type, { commandId }));
          expect(delivered.last, `${type} to ${commandId}`).to.include({ kind: 'noted' });
          expect(delivered.row).to.equal(run.row);
        }
      }
    });

    it(`in ${state}: replies its awaited commands do not permit`, () => {
      for (const [commandId, { type: command }] of Object.entries(run.row.pending.awaiting)) {
        const { success, refusal } = contractOf(definition, command);
        for (const type of replies.filter((one) => one !== success && one !== refusal))
          run.when(reply(type, { commandId })).isNoted('foreign-reply');
      }
    });

    it(`in ${state}: notices of what is not awaited, timers that are not armed, a second start`, () => {
      for (const type of notices) {
        for (const commandId of notAwaited(run)) run.when(reply(type, { commandId })).isNoted('not-awaited');
      }
      const timer = reply('saga.timer', { commandId: 'x', data: { name: 'xstate.after.x', generation: 1 } });
      run.when(timer).isNoted('stale-timer');
      if (state !== 'created')
        run.when(reply('order.created', { commandId: 'x' })).isNoted('already-started');
    });
  }
});
