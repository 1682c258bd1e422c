/** For the tests of payment's store: gives each test a saga and a gateway of its own, with the rows and the verbs. */
import { randomUUID } from 'node:crypto';
import { newSaga } from '#runtime/testing/commands.ts';
import type { GatewayName, Intent, NewIntent } from '../intent.ts';
import type { NamedIntent, PaymentStore, WaitingUndo } from '../store.ts';
import type { PaymentBench } from './bench.ts';
import { chargeId } from './commands.ts';

export const at = (ms: number): Date => new Date(ms);

/** Registers hooks in the calling suite. */
export class OneSaga {
  bench!: PaymentBench;
  saga = '';
  /** A claim finds every due intent of a gateway, so each test has its own gateway. */
  gateway: GatewayName = 'simulator';

  constructor(open: () => Promise<PaymentBench>) {
    before(async () => {
      this.bench = await open();
    });
    beforeEach(() => {
      this.saga = newSaga();
      this.gateway = `of-${this.saga}` as GatewayName;
    });
    after(() => this.bench.close());
  }

  alone<T>(verb: (store: PaymentStore) => Promise<T>): Promise<T> {
    return this.bench.unitOfWork.alone(verb);
  }

  fresh(nth = 1, changes: Partial<NewIntent> = {}): NewIntent {
    return {
      sagaId: this.saga,
      commandId: chargeId(this.saga, nth),
      gateway: this.gateway,
      customerId: 'customer-1',
      amount: 4990,
      currency: 'EUR',
      method: 'pm_card_visa',
      outcome: 'open',
      ...changes,
    };
  }

  insert(...intents: NewIntent[]): Promise<void> {
    return this.alone((store) => store.insertIntents(intents, at(10)));
  }

  /** Under a lease of a second. */
  claim(max = 100, now = 10, lease: string = randomUUID()): Promise<Intent[]> {
    const claim = { gateway: this.gateway, lease, max, now: at(now), leaseEndsAt: at(now + 1_000) };
    return this.alone((store) => store.claimIntents(claim));
  }

  /** Inserts and claims the first charge's intent. */
  async claimed(): Promise<Intent> {
    await this.insert(this.fresh());
    const [intent] = await this.claim();
    if (intent === undefined) throw new Error('nothing was claimed');
    return intent;
  }

  /** The first charge's row. */
  async row() {
    const [found] = await this.bench.intents(this.saga);
    if (found === undefined) throw new Error('there is no intent');
    return found;
  }

  /** Of the first charge. */
  want(goal: 'settle' | 'undo', now = 20): Promise<Map<string, NamedIntent>> {
    const key = { sagaId: this.saga, commandId: chargeId(this.saga) };
    return this.alone((store) => store.raiseGoals([key], goal, at(now)));
  }

  undo(nth = 1): WaitingUndo {
    return {
      sagaId: this.saga,
      commandId: `${this.saga}/payment.refund${nth === 1 ? '' : `#${nth}`}`,
      type: 'payment.refund',
      names: { [chargeId(this.saga)]: null, [chargeId(this.saga, 2)]: 'not-executed' },
      traceparent: '00-c-d-01',
    };
  }
}
