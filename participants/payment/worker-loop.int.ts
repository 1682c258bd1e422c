/** The worker's loop on the real clock: it attempts new intents by itself, and pauses the consumer over a backlog. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { newSaga, type Published, runBatch } from '#runtime/testing/commands.ts';
import type { TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { postgresPaymentBench } from './testing/bench.ts';
import { AMOUNT, charge, takeBack } from './testing/commands.ts';
import { paymentFixture } from './testing/fixture.ts';
import { gate, type Payments } from './testing/payments.ts';
import type { TestSimulator } from './testing/simulator.ts';
import { type Loop, MAX_UNTRIED, startLoop } from './worker-loop.ts';

describe("the loop of payment's worker", () => {
  let database: TestDatabase;
  let simulator: TestSimulator;
  let payments: Payments;
  const loops: Loop[] = [];

  // Registered first: the loops close before the fixture closes the gateway's client.
  afterEach(async () => {
    await simulator.behave({});
    for (const loop of loops.splice(0)) await loop.close();
  });
  const fixture = paymentFixture(
    async () => {
      const bench = await postgresPaymentBench();
      ({ database } = bench);
      return bench;
    },
    { timeoutMs: 20_000 },
  );
  beforeEach(() => {
    ({ payments, simulator } = fixture);
  });

  /** Payment with a running loop, on the real clock. */
  const run = (calls: number, gateway = payments.stripe) => {
    const { unitOfWork } = fixture.bench;
    const { out, participant } = payments;
    const worker = payments.worker({ now: Date.now, gateway });
    const loop = startLoop({
      worker,
      unitOfWork,
      gatewayName: 'simulator',
      log: silent,
      now: Date.now,
      calls,
    });
    loops.push(loop);
    const parts = { participant, unitOfWork, publisher: out, onDecided: loop.wake, onWoken: loop.woken };
    return { loop, out, handle: (records: Parameters<typeof runBatch>[1]) => runBatch(parts, records) };
  };
  const answered = (out: Published, sagas: string[], type: string) =>
    waitUntil(
      () => sagas.filter((saga) => out.types(saga).includes(type)).length,
      (count) => count === sagas.length,
    );

  it('charges and refunds while the gateway answers late', async () => {
    // Its answers to the first ones are held until all others have theirs, however slow this machine is.
    const answers = gate();
    let held = 0;
    const { out, handle } = run(100, {
      ...payments.stripe,
      async confirm(...values) {
        const mayPass = held === late.length;
        if (!mayPass) held += 1;
        const state = await payments.stripe.confirm(...values);
        if (!mayPass) await answers.arrive();
        return state;
      },
    });
    const sagas = Array.from({ length: 60 }, newSaga);
    const [late, prompt] = [sagas.slice(0, 50), sagas.slice(50)];
    await handle(late.map((saga) => charge(saga)));
    const charged = async () =>
      (await Promise.all(late.map(simulator.sumOf))).filter((sum) => sum?.net === AMOUNT);
    await waitUntil(charged, ({ length }) => length === late.length);
    await handle(prompt.map((saga) => charge(saga)));
    await handle(late.map((saga) => takeBack('payment.refund', saga)));
    await answered(out, prompt, 'payment.charged');
    expect(
      late.flatMap((saga) => out.types(saga)),
      'the slow ones hold nobody',
    ).to.deep.equal([]);
    answers.open();
    await answered(out, late, 'payment.refunded');
    for (const saga of late) {
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.refunded']);
      expect(await simulator.sumOf(saga)).to.include({ charges: 1, net: 0 });
    }
  });

  it('attempts an intent at once when its command comes again, despite its back-off', async () => {
    const { out, handle } = run(10);
    const saga = newSaga();
    await simulator.behave({ on: ['confirm'], next: 1, errorRate: 1 });
    await handle([charge(saga)]);
    await answered(out, [saga], 'payment.delayed');
    await database.db.execute(
      `UPDATE payment.intents SET due_at = due_at + interval '1 hour' WHERE saga_id = $1::uuid`,
      saga,
    );
    await handle([charge(saga)]);
    await answered(out, [saga], 'payment.charged');
  });

  it('pauses the consumer over too many intents without an attempt; those in back-off do not count', async () => {
    const { loop, handle } = run(1);
    await simulator.behave({ outage: 'hang' });
    expect(loop.paused()).to.equal(false);
    for (let i = 0; i < 3; i++)
      await handle(Array.from({ length: MAX_UNTRIED / 2 }, () => charge(newSaga())));
    await waitUntil(loop.paused, (paused) => paused);
    await database.db.execute(
      `UPDATE payment.intents SET tries = 1, due_at = due_at + interval '1 hour' WHERE lease IS NULL AND tries = 0`,
    );
    loop.wake();
    await waitUntil(loop.paused, (paused) => !paused);
  });

  it('resumes the consumer once the backlog was attempted', async () => {
    await database.db.execute('DELETE FROM payment.intents WHERE lease IS NULL');
    await simulator.behave({});
    const { loop, out, handle } = run(100);
    loop.added(MAX_UNTRIED + 1);
    expect(loop.paused(), 'at once: before the next batch is fetched').to.equal(true);
    const sagas = Array.from({ length: 300 }, newSaga);
    await handle(sagas.map((saga) => charge(saga)));
    await answered(out, sagas, 'payment.charged');
    await waitUntil(loop.paused, (paused) => !paused);
  });

  // Regression: a slow account's rate is unknown at first, and a burst was read whole: its steps' clocks ran out.
  it('takes few charges until the gateway has shown that it takes more', async () => {
    const { loop, out, handle } = run(100);
    // Slow enough that its charges are under way together: it takes more at once only then.
    await simulator.behave({ latencyMs: 100 });
    const before = loop.room();
    expect(before).to.be.below(50);
    const sagas = Array.from({ length: 300 }, newSaga);
    await handle(sagas.map((saga) => charge(saga)));
    await answered(out, sagas, 'payment.charged');
    expect(loop.room()).to.be.above(before);
  });

  // Regression: they are due later, so that the consumer read on while none of its charges could be made.
  it('pauses the consumer over intents that the gateway took no call of', async () => {
    const calls = 10;
    const { loop, handle } = run(calls);
    await simulator.behave({ ratePerSecond: 1, retryAfterS: 1 });
    // Too many also where it has come to attempt as many at once as it may.
    await handle(Array.from({ length: 6 * calls }, () => charge(newSaga())));
    // Once the first were refused, however busy the machine is.
    await waitUntil(loop.paused, (paused) => paused);
    const samples: boolean[] = [];
    for (let sample = 0; sample < 30; sample++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      samples.push(loop.paused());
    }
    expect(samples).not.to.include(false);
    await simulator.behave({});
    await waitUntil(loop.paused, (paused) => !paused);
  });
});
