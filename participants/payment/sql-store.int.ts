/** The contract of payment's store on PostgreSQL, and the equality of both stores under random verbs. */
import { expect } from 'chai';
import { newSaga } from '#runtime/testing/commands.ts';
import { memoryPaymentBench, type PaymentBench, postgresPaymentBench } from './testing/bench.ts';
import { paymentStoreContract } from './testing/payment-store.contract.ts';
import { randomStory, type Verb } from './testing/random-story.ts';

paymentStoreContract('on PostgreSQL', postgresPaymentBench);

const STORIES = 80;
const VERBS = 30;

describe('payment’s two stores', () => {
  let benches: [PaymentBench, PaymentBench];
  before(async () => {
    benches = [await postgresPaymentBench(), await memoryPaymentBench()];
  });
  after(() => Promise.all(benches.map((bench) => bench.close())));

  /** A verb's result, or its refusal. */
  const tell = ({ unitOfWork }: PaymentBench, [, verb]: Verb) =>
    unitOfWork.alone(verb).then(comparable, (error) => {
      if (!unitOfWork.isDataFault(error)) throw error;
      return 'a data fault';
    });

  it('return the same and hold the same rows after every verb of a random story', async () => {
    for (let seed = 1; seed <= STORIES; seed++) {
      const sagas = [newSaga(), newSaga()];
      const verbs: string[] = [];
      for (const verb of randomStory(seed, sagas, VERBS)) {
        verbs.push(verb[0]);
        const [actual, expected] = await Promise.all(benches.map((bench) => tell(bench, verb)));
        expect(expected, `seed ${seed}: ${verbs.join(', ')}`).to.deep.equal(actual);
      }
      for (const saga of sagas) {
        const [rows, expected] = await Promise.all(
          benches.map(async (bench) => [...(await bench.intents(saga)), ...(await bench.undos(saga))]),
        );
        expect(expected, `seed ${seed}: ${verbs.join(', ')}`).to.deep.equal(rows);
      }
    }
  });
});

/** Sorts a batch's result, whose order is arbitrary, by its keys. */
function comparable(actual: unknown): unknown {
  if (actual instanceof Map || actual instanceof Set) return [...actual].sort();
  if (!Array.isArray(actual)) return actual;
  return actual.toSorted((a, b) => (a.commandId < b.commandId ? -1 : 1));
}
