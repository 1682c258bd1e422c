/** For payment's tests against the simulator: opened once a suite, with a new payment for each test. */
import type { PaymentBench } from './bench.ts';
import { openPayments, type Payments } from './payments.ts';
import { openTestSimulator, type TestSimulator } from './simulator.ts';

export interface PaymentFixture {
  readonly bench: PaymentBench;
  readonly simulator: TestSimulator;
  /** With its own clock, gateway client and published messages. */
  readonly payments: Payments;
}

/** Registers hooks in the calling suite; the fixture is filled once a test runs. */
export function paymentFixture(
  openBench: () => Promise<PaymentBench>,
  options: { timeoutMs?: number } = {},
): PaymentFixture {
  const fixture: { -readonly [Key in keyof PaymentFixture]?: PaymentFixture[Key] } = {};
  before(async () => {
    fixture.bench = await openBench();
    fixture.simulator = await openTestSimulator();
  });
  after(async () => {
    await fixture.simulator?.close();
    await fixture.bench?.close();
  });
  beforeEach(async () => {
    const { bench, simulator } = fixture as PaymentFixture;
    await simulator.behave({});
    fixture.payments = openPayments(bench.unitOfWork, simulator, options);
  });
  afterEach(() => fixture.payments?.close());
  return fixture as PaymentFixture;
}
