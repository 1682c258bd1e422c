/** Whatever `payment.reversals` holds of a charge, its saga receives a message about it: a person needs no view of the table. */
import { expect } from 'chai';
import { newSaga } from '#runtime/testing/commands.ts';
import { EITHER_BENCH } from './testing/bench.ts';
import { charge, takeBack } from './testing/commands.ts';
import { paymentFixture } from './testing/fixture.ts';
import type { Payments } from './testing/payments.ts';
import type { TestSimulator } from './testing/simulator.ts';

const HOURS_72_MS = 72 * 3_600_000;
const MINUTE_MS = 60_000;

interface Course {
  readonly orderId: string;
  readonly payments: Payments;
  readonly simulator: TestSimulator;
  readonly refund: () => Promise<void>;
}

/** By what befalls a charge: its rows in the end, and the messages about them, each by its type or its code. */
const COURSES: Readonly<
  Record<
    string,
    {
      readonly method?: string;
      readonly course: (on: Course) => Promise<unknown>;
      readonly rows: readonly string[];
      readonly seen: readonly string[];
    }
  >
> = {
  'a refund of payment’s that is done': {
    course: ({ refund }) => refund(),
    rows: ['own refund settled'],
    seen: ['payment.refunded'],
  },
  'a refund of payment’s that is pending, and stays so': {
    method: 'pm_card_pendingRefund',
    course: async ({ refund, payments }) => {
      await refund();
      await payments.turn(HOURS_72_MS + MINUTE_MS);
      await payments.inspector.publishIncidents();
    },
    rows: ['own refund pending'],
    seen: ['refund-pending', 'refund-pending', 'refund-overdue'],
  },
  'a refund of payment’s that the bank refuses': {
    course: async ({ refund, simulator }) => {
      await simulator.behave({ on: ['refund'], refundStatus: 'failed' });
      await refund();
    },
    rows: ['own refund failed'],
    seen: ['refund-failed'],
  },
  'a refund of payment’s that fails after it was done': {
    method: 'pm_card_refundFail',
    course: async ({ refund, simulator, payments }) => {
      await refund();
      await simulator.act('settle');
      await payments.reconcile();
    },
    rows: ['own refund failed'],
    seen: ['payment.refunded', 'refund-failed'],
  },
  'a refund of others, and its failure': {
    course: async ({ orderId, simulator, payments }) => {
      await simulator.act('refunds', { orderId, amount: 100 });
      await payments.reconcile();
      await simulator.act('refunds/move', { orderId, status: 'failed' });
      await payments.reconcile();
    },
    rows: ['foreign refund failed'],
    seen: ['refunded-elsewhere', 'refund-elsewhere-failed'],
  },
  'a refund of others before payment’s own': {
    course: async ({ orderId, simulator, payments, refund }) => {
      await simulator.act('refunds', { orderId, amount: 100 });
      await payments.reconcile();
      await refund();
    },
    rows: ['foreign refund settled', 'own refund settled'],
    seen: ['refunded-elsewhere', 'payment.refunded'],
  },
  'a refund of others that the undo finds': {
    course: async ({ orderId, simulator, refund }) => {
      await simulator.act('refunds', { orderId, amount: 100 });
      await refund();
    },
    rows: ['foreign refund settled', 'own refund settled'],
    seen: ['payment.refunded'],
  },
  'a dispute that is won': {
    course: async ({ orderId, simulator, payments }) => {
      await simulator.act('disputes', { orderId });
      await payments.reconcile();
      await simulator.act('disputes/move', { orderId, status: 'won' });
      await payments.reconcile();
    },
    rows: ['foreign dispute failed'],
    seen: ['charge-disputed', 'dispute-won'],
  },
  'an inquiry that becomes a dispute, and is lost': {
    course: async ({ orderId, simulator, payments }) => {
      await simulator.act('disputes', { orderId, status: 'warning_needs_response' });
      await payments.reconcile();
      await simulator.act('disputes/move', { orderId, status: 'needs_response' });
      await payments.reconcile();
      await simulator.act('disputes/move', { orderId, status: 'lost' });
      await payments.reconcile();
    },
    rows: ['foreign dispute settled'],
    seen: ['charge-disputed', 'dispute-escalated', 'dispute-lost'],
  },
};

for (const [where, open] of EITHER_BENCH)
  describe(`a person sees what went back of a charge, ${where}`, () => {
    const fixture = paymentFixture(open, { timeoutMs: 2_000 });

    for (const [what, { method = 'pm_card_visa', course, rows, seen }] of Object.entries(COURSES))
      it(`${what}`, async () => {
        const { payments, simulator, bench } = fixture;
        const orderId = newSaga();
        await simulator.webhooks({});
        await payments.handle(charge(orderId, { method }));
        await payments.turn();
        const refund = async () => {
          await payments.handle(takeBack('payment.refund', orderId));
          await payments.turn();
        };
        await course({ orderId, payments, simulator, refund });
        const held = (await bench.reversals(orderId)).map(
          ({ own, kind, state }) => `${own ? 'own' : 'foreign'} ${kind} ${state}`,
        );
        expect(held.sort()).to.deep.equal(rows);
        const messages = payments.out.of(orderId).filter(({ type }) => type !== 'payment.charged');
        expect(messages.map(({ type, data }) => data['code'] ?? type)).to.deep.equal(seen);
      });
  });
