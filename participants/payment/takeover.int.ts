/** A worker crashes or freezes between any two of its steps: another takes over, and the money moves once. */
import { expect } from 'chai';
import { newSaga, Published } from '#runtime/testing/commands.ts';
import type { Gateway } from './gateway.ts';
import { EITHER_BENCH } from './testing/bench.ts';
import { AMOUNT, charge, takeBack } from './testing/commands.ts';
import { paymentFixture } from './testing/fixture.ts';
import { gate, type Payments } from './testing/payments.ts';
import type { TestSimulator } from './testing/simulator.ts';
import { LEASE_MS } from './worker.ts';

/** Never resolves, as the next step of a killed process. */
const NEVER = new Promise<never>(() => {});

for (const [where, open] of EITHER_BENCH)
  describe(`a worker that crashed or froze, ${where}`, () => {
    const fixture = paymentFixture(open);
    let payments: Payments;
    let simulator: TestSimulator;
    let saga: string;
    beforeEach(() => {
      ({ payments, simulator } = fixture);
      saga = newSaga();
    });

    /** The gateway of a worker that stops at one of its calls: before it, or after it and before using the answer. */
    const dyingAt = (call: 'create' | 'confirm' | 'refund', when: 'before' | 'after') => {
      const stop = gate();
      const real = payments.stripe;
      const stopping = async (...values: never[]): Promise<never> => {
        if (when === 'after') await (real[call] as (...values: never[]) => Promise<unknown>)(...values);
        void stop.arrive();
        return NEVER;
      };
      const gateway: Gateway = { ...real, [call]: stopping };
      return { gateway, reached: stop.reached };
    };
    const lives = (worker = payments.worker()) => payments.turn(LEASE_MS + 1, worker);

    for (const call of ['create', 'confirm'] as const) {
      for (const when of ['before', 'after'] as const) {
        it(`${when} its call to ${call}: the next charges once`, async () => {
          const { handle, worker, out, turn } = payments;
          const { gateway, reached } = dyingAt(call, when);
          await handle(charge(saga));
          void turn(0, worker({ gateway }));
          await reached;
          expect(await turn(), 'it is leased').to.equal(0);
          expect(await lives()).to.equal(1);
          expect(out.types(saga)).to.deep.equal(['payment.charged']);
          expect(await simulator.sumOf(saga)).to.include({ charges: 1, net: AMOUNT });
        });
      }
    }

    it('after its refund: the next finds the refund', async () => {
      const { handle, worker, out, turn } = payments;
      const { gateway, reached } = dyingAt('refund', 'after');
      await handle(charge(saga));
      await turn();
      await handle(takeBack('payment.refund', saga));
      void turn(0, worker({ gateway }));
      await reached;
      await lives();
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.refunded']);
      expect(await simulator.sumOf(saga)).to.include({ charges: 1, refunded: AMOUNT });
    });

    it('between its commit and its publish: the next publishes the same bytes', async () => {
      const { handle, worker, out, turn } = payments;
      const dying = new Published();
      const stop = gate();
      dying.publish = () => {
        void stop.arrive();
        return NEVER;
      };
      await handle(charge(saga));
      void turn(0, worker({ publisher: dying }));
      await stop.reached;
      expect(out.types(saga)).to.deep.equal([]);
      await lives();
      const [recorded] = await fixture.bench.unitOfWork.transaction(({ inbox }) => inbox.readReplies([saga]));
      expect(out.messages.map(({ topic, value }) => ({ topic, value }))).to.deep.equal([
        { topic: 'payment-completed', value: recorded?.text },
      ]);
      expect(await lives(), 'then nothing is left to say').to.equal(0);
    });

    it('between the commit of an undo and its publish: the next publishes the reply', async () => {
      const { handle, worker, out, turn } = payments;
      await handle(charge(saga));
      await turn();
      await handle(takeBack('payment.refund', saga));
      const dying = new Published();
      const stop = gate();
      dying.publish = () => {
        void stop.arrive();
        return NEVER;
      };
      void turn(0, worker({ publisher: dying }));
      await stop.reached;
      await lives();
      expect(out.types(saga)).to.include('payment.refunded');
      expect(await simulator.sumOf(saga)).to.include({ refunded: AMOUNT });
    });

    it('that resumes after its undo was answered can neither confirm nor record', async () => {
      const { handle, worker, out, turn } = payments;
      const asleep = gate();
      let confirmed = 0;
      const gateway: Gateway = {
        ...payments.stripe,
        async create(payment, key) {
          const id = await payments.stripe.create(payment, key);
          await asleep.arrive();
          return id;
        },
        confirm(id, key) {
          confirmed += 1;
          return payments.stripe.confirm(id, key);
        },
      };
      await handle(charge(saga));
      const sleeping = turn(0, worker({ gateway }));
      await asleep.reached;
      await handle(takeBack('payment.refund', saga));
      await lives();
      expect(out.types(saga)).to.deep.equal(['payment.declined', 'payment.refunded']);
      asleep.open();
      await sleeping;
      expect(confirmed).to.equal(0);
      expect(out.types(saga)).to.deep.equal(['payment.declined', 'payment.refunded']);
      expect(await simulator.sumOf(saga)).to.include({ charges: 0, net: 0 });
    });

    it('whose confirmation arrives after the undo’s cancellation gets a refusal from the gateway', async () => {
      const { handle, worker, out, turn } = payments;
      const asleep = gate();
      const gateway: Gateway = {
        ...payments.stripe,
        async confirm(id, key) {
          await asleep.arrive();
          return payments.stripe.confirm(id, key);
        },
      };
      await handle(charge(saga));
      const sleeping = turn(0, worker({ gateway }));
      await asleep.reached;
      await handle(takeBack('payment.refund', saga));
      await lives();
      asleep.open();
      await sleeping;
      expect(out.types(saga)).to.deep.equal(['payment.declined', 'payment.refunded']);
      expect(await simulator.sumOf(saga)).to.include({ charges: 0, net: 0 });
    });

    it('renews its leases while it lives, however slow the gateway', async () => {
      const { handle, worker, clock, out, turn } = payments;
      const slow = gate();
      const gateway: Gateway = {
        ...payments.stripe,
        async confirm(id, key) {
          const state = await payments.stripe.confirm(id, key);
          await slow.arrive();
          return state;
        },
      };
      const living = worker({ gateway });
      await handle(charge(saga));
      const first = turn(0, living);
      await slow.reached;
      for (let i = 0; i < 4; i++) {
        clock.advance(LEASE_MS / 2);
        await living.renew();
        expect(await turn(), 'nobody else takes it').to.equal(0);
      }
      slow.open();
      await first;
      expect(out.types(saga)).to.deep.equal(['payment.charged']);
    });
  });
