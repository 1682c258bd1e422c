/** The store on PostgreSQL keeps its contract, and the one in memory does what it does, whatever comes in whatever order. */
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

  /** What a verb gave, or that it was refused. */
  const tell = ({ unitOfWork }: PaymentBench, [, verb]: Verb) =>
    unitOfWork.alone(verb).then(comparable, (error) => {
      if (!unitOfWork.isDataFault(error)) throw error;
      return 'a data fault';
    });

  it('answer alike and hold the same rows after every verb of random stories', async () => {
    for (let seed = 1; seed <= STORIES; seed++) {
      const sagas = [newSaga(), newSaga()];
      const told: string[] = [];
      for (const verb of randomStory(seed, sagas, VERBS)) {
        told.push(verb[0]);
        const [said, expected] = await Promise.all(benches.map((bench) => tell(bench, verb)));
        expect(expected, `seed ${seed}: ${told.join(', ')}`).to.deep.equal(said);
      }
      for (const saga of sagas) {
        const [rows, expected] = await Promise.all(
          benches.map(async (bench) => [...(await bench.intents(saga)), ...(await bench.undos(saga))]),
        );
        expect(expected, `seed ${seed}: ${told.join(', ')}`).to.deep.equal(rows);
      }
    }
  });
});

/** Of a batch the order is nobody's business: sorted by what names each. */
function comparable(said: unknown): unknown {
  if (said instanceof Map || said instanceof Set) return [...said].sort();
  if (!Array.isArray(said)) return said;
  return said.toSorted((a, b) => (a.commandId < b.commandId ? -1 : 1));
}
