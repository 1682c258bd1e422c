/** Every simple path of an order ends completed or compensated with a balanced ledger, or held and stuck. */
import { expect } from 'chai';
import { action, couponOrder, given, order, reply } from './testing/given.ts';
import { imbalance, undo } from './testing/ledger.ts';
import { endsOf, type World } from './testing/paths.ts';

for (const [name, input] of Object.entries({ 'without a coupon': order, 'with a coupon': couponOrder })) {
  describe(`every path of an order ${name}`, () => {
    const begin: World = { run: given(input), ledger: {}, late: [], events: [], path: [], held: false };
    const ends = [...endsOf(begin)];
    const ended = ends.filter(({ held }) => !held);

    it('is walked, and each kind of end is among them', () => {
      const kinds = new Set(ends.map(({ run, held }) => (held ? 'held' : run.row.status)));
      expect([...kinds]).to.have.members(['completed', 'failed', 'held']);
      expect(ends.length).to.be.greaterThan(500);
    });

    it('leaves nothing done on the failed side, nothing undone on the completed one', () => {
      for (const { run, ledger, path } of ended) {
        expect(run.row.state, path.join(' → ')).to.be.oneOf(['completed', 'failed']);
        expect(imbalance(run.row, ledger), path.join(' → ')).to.deep.equal([]);
      }
    });

    it('ends without an incident, a timer or a due check', () => {
      for (const { run, path } of ended) {
        expect(run.row.stuck, path.join(' → ')).to.equal(null);
        expect(run.row.pending.timers, path.join(' → ')).to.deep.equal({});
        run.isChecked(false);
        expect(run.row.endedAt, path.join(' → ')).not.to.equal(null);
      }
    });

    it('is held only as stuck, with nothing lost: the refused undo can be issued again', () => {
      for (const { run, path } of ends.filter(({ held }) => held)) {
        expect(run.row.status, path.join(' → ')).to.equal('compensating');
        expect(run.row.stuck, path.join(' → ')).not.to.equal(null);
        expect(run.row.endedAt, path.join(' → ')).to.equal(null);
        run.isChecked(true).when(action('retry')).isTaken();
      }
    });

    it('publishes its end once: completed, or failed in the transition that turns back', () => {
      for (const { run, events, path } of ends) {
        const event = run.row.status === 'completed' ? 'order.completed' : 'order.failed';
        expect(events, path.join(' → ')).to.deep.equal([event]);
      }
    });

    it('only notes the answers its undos have seen to, should they come after the end', () => {
      for (const { run, late, path } of ended) {
        for (const { commandId, type } of late) {
          const data = {
            code: 'no',
            discount: 1,
            chargeId: 'x',
            amount: 1,
            currency: 'EUR',
            shipmentId: 'x',
          };
          const delivered = run.when(reply(type, { commandId, data }));
          expect(delivered.last, path.join(' → ')).to.include({ kind: 'noted' });
        }
      }
    });

    it('undoes a command that succeeds after its not-executed report and the end', () => {
      let successes = 0;
      for (const { run, ledger, path } of ended) {
        for (const [commandId, as] of Object.entries(ledger)) {
          const type = run.row.pending.givenUp[commandId]?.type;
          if (as !== 'not-executed' || type === undefined) continue;
          successes += 1;
          const success = run.definition.commands[type]?.contract.commands[type]?.success ?? '';
          const late = run
            .when(reply(success, { commandId, data: {} }))
            .isStuck('late-success')
            .isChecked(true);
          const [undoing] = Object.entries(late.row.pending.awaiting);
          expect(undoing?.[1].undoes, path.join(' → ')).to.deep.equal([commandId]);
          const after = undo({ ...ledger, [commandId]: 'done' }, [commandId]);
          const answer =
            run.definition.commands[undoing?.[1].type ?? '']?.contract.commands[undoing?.[1].type ?? '']
              ?.success;
          const settled = late.when(
            reply(answer ?? '', { commandId: undoing?.[0] ?? '', data: { found: after.found } }),
          );
          settled.isNotStuck().isChecked(false).reaches('failed');
          expect(imbalance(settled.row, after.ledger), path.join(' → ')).to.deep.equal([]);
        }
      }
      expect(successes).to.be.greaterThan(20);
    });
  });
}
