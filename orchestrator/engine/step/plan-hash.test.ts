/** A plan's hash: an action under it does exactly what the plan says, or the step refuses it. */
import { expect } from 'chai';
import {
  action,
  given,
  inventoryReserved,
  notice,
  ORDER_ID,
  order,
  paymentCharged,
  reply,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import { replay } from '../replay.ts';
import { start } from '../testing/messages.ts';
import type { SagaRun } from '../testing/saga-run.ts';
import { PLAN_CHANGED, PLAN_HASH } from './plan-hash.ts';
import { startFirst } from './start-first.ts';
import { step } from './step.ts';

const EVIDENCE = { evidence: 'paid in cash', result: { chargeId: 'c', amount: 5_000, currency: 'EUR' } };
const charging = () => given(order).after(inventoryReserved);
type Options = NonNullable<Parameters<typeof action>[1]>;
const planOf = (run: SagaRun, name: Parameters<typeof action>[0], options: Options = {}): string =>
  run.when(action(name, options)).taken.plan ?? 'none';

describe('an action under a plan', () => {
  for (const [name, options] of [
    ['retry', {}],
    ['compensate', {}],
    ['cancel', {}],
    ['pause', {}],
    ['skip', { params: EVIDENCE }],
    ['edit', { params: { input: { payment: { method: 'pm_card_mastercard' } } } }],
  ] as const) {
    it(`does what it says: ${name}`, () => {
      const run = charging();
      const plan = planOf(run, name, options);
      expect(plan).to.match(PLAN_HASH);
      const free = run.when(action(name, options)).taken;
      expect(run.when(action(name, { ...options, planHash: plan })).taken.entry.out).to.deep.equal(
        free.entry.out,
      );
      run.when(action(name, { ...options, planHash: '0'.repeat(64) })).isRefused(new RegExp(PLAN_CHANGED));
    });
  }

  it('is named by the outcome, with a plan or without', () => {
    const run = charging();
    const plan = planOf(run, 'compensate');
    for (const options of [{}, { planHash: plan }])
      expect(run.when(action('compensate', options)).taken.outcome).to.include({ planHash: plan });
  });

  it('is named by the outcome of a skip, which its revoke’s answer decides', () => {
    const run = charging();
    const plan = planOf(run, 'skip', { params: EVIDENCE });
    const begun = run.after(action('skip', { params: EVIDENCE, planHash: plan }));
    expect(begun.taken.outcome).to.equal(undefined);
    const found = { found: { [`${ORDER_ID}/payment.charge`]: 'not-executed' } };
    const done = begun.when(reply('payment.revoked', { data: found })).reaches('confirmingInventory');
    expect(done.taken.outcome).to.include({ state: 'applied', planHash: plan });
  });

  it('is refused once the saga has moved on, though a cancel names no revision', () => {
    const planned = given(order);
    const plan = planOf(planned, 'cancel');
    planned.when(action('cancel', { planHash: plan })).issues('inventory.release');
    planned
      .after(inventoryReserved)
      .when(action('cancel', { planHash: plan }))
      .isRefused(new RegExp(PLAN_CHANGED));
  });

  it('is refused where the same revision would hold the messages now', () => {
    const run = charging();
    const plan = planOf(run, 'compensate');
    const paused = run.after(action('pause', { actionId: '00000000-0000-4000-8000-000000000002' }));
    expect(paused.row.revision).to.equal(run.row.revision);
    paused.when(action('compensate', { planHash: plan })).isRefused(new RegExp(PLAN_CHANGED));
  });
});

describe('a history with an action under a plan', () => {
  it('replays without a difference, though its revisions are numbered anew', () => {
    const runs = [unstarted(order)];
    for (const one of [start(), inventoryReserved]) runs.push((runs.at(-1) ?? given(order)).after(one));
    const last = runs.at(-1) ?? given(order);
    const planHash = planOf(last, 'compensate');
    runs.push(last.after(action('compensate', { planHash })));
    const { row: birth } = unstarted(order);
    const entries = runs.slice(1).map((run) => run.taken.entry);
    expect(replay(() => last.definition, { birth, entries })).to.equal(null);
    // A version between, as an incident raised outside the machine takes one.
    const later = entries.map((entry, i) => (i < 2 ? entry : { ...entry, version: entry.version + 1 }));
    expect(replay(() => last.definition, { birth, entries: later })).to.equal(null);
    const other = {
      birth: { ...birth, input: { ...order, items: [{ sku: 'other', quantity: 1 }] } },
      entries,
    };
    expect(replay(() => last.definition, other)).to.include({ what: 'messages' });
  });
});

describe('a plan’s hash', () => {
  it('does not change by itself, nor by a notice that changes no message', () => {
    const run = charging();
    const delayed = run.after(notice('payment.delayed'));
    expect(delayed.row.version).to.be.above(run.row.version);
    expect(delayed.nowMs).to.be.above(run.nowMs);
    for (const name of ['retry', 'compensate', 'cancel'] as const)
      expect(planOf(delayed, name), name).to.equal(planOf(run, name));
  });

  it('differs by saga, by action, by its parameters, and by the reason where a message quotes it', () => {
    const run = charging();
    const other = given(order, '019a0000-0000-7000-8000-000000000002').after(inventoryReserved);
    const params = { input: { shippingAddress: { country: 'FR' } } };
    const all = [
      planOf(run, 'retry'),
      planOf(run, 'pause'),
      planOf(run, 'compensate'),
      planOf(run, 'compensate', { reason: 'another' }),
      planOf(other, 'compensate'),
      planOf(run, 'edit', { params }),
      planOf(run, 'edit', { params: { input: { shippingAddress: { country: 'AT' } } } }),
      planOf(run.after(paymentCharged), 'compensate'),
    ];
    expect(new Set(all)).to.have.property('size', all.length);
    expect(planOf(run, 'retry', { reason: 'another' })).to.equal(planOf(run, 'retry'));
  });

  it('covers the start that an action brings about', () => {
    const run = unstarted(order);
    const message = action('compensate')(run.definition, run.row);
    const first = startFirst(run.definition, run.row, message, run.nowMs);
    if (first === null) throw new Error('it did not start');
    const whole = step(run.definition, first.start.row, first.action, run.nowMs);
    const { started: _, ...alone } = first.action;
    const second = step(run.definition, first.start.row, alone, run.nowMs);
    if (whole.kind !== 'taken' || second.kind !== 'taken') throw new Error('it was not taken');
    expect(whole.plan).to.match(PLAN_HASH).and.not.to.equal(second.plan);
  });
});
