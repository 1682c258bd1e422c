/** The log of what was accepted: brokers that take nothing for a while cost no record of it, and neither does an API that is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { newSaga } from '#engine/definition/start-message.ts';
import { orderSaga } from '#orchestrator/sagas/order/index.ts';
import { acceptedStore } from '#orchestrator/store/accepted-store.ts';
import { type Birth, intakeStore } from '#orchestrator/store/intake-store.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import type { MessagePublisher } from '#platform/batching/publication.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { uuidv7InPartition } from '#protocol/ids.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { ORDER } from '../testing/client.ts';
import { birthMessage } from './birth-message.ts';
import { type InputLog, openInputLog } from './input-log.ts';

const ORDERS = register(orderSaga());

/** Brokers that can be away; what is left meanwhile is gone. */
function brokers() {
  const taken: OutMessage[] = [];
  const them: MessagePublisher & { readonly taken: OutMessage[]; areAway: boolean; attempts: number } = {
    taken,
    areAway: false,
    attempts: 0,
    publish(messages) {
      them.attempts++;
      if (them.areAway) return new Promise<void>(() => {});
      taken.push(...messages);
      return Promise.resolve();
    },
  };
  return them;
}

describe('the log of what was accepted', () => {
  let test: TestDatabase;
  let log: InputLog | null = null;
  before(async () => {
    test = await openTestDatabase(...PARTITIONED.map(({ name }) => name));
  });
  afterEach(() => log?.close());
  after(() => test.close());

  const birth = (at: number, n = 0): Birth => ({
    ...newSaga(ORDERS, {
      ...{ id: uuidv7InPartition(at, n % 12), partition: n % 12, createdAt: new Date(at) },
      input: { ...ORDER, customerId: crypto.randomUUID() },
      ...(n % 2 === 0 && { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` }),
    }),
    ...{ idempotencyKey: n % 3 === 0 ? `key-${n}` : null, requestHash: `hash-${n}` },
    ...{ currency: 'EUR', amount: 5, dueAt: new Date(at) },
  });
  const accepted = async (count: number, at = Date.now()) => {
    const births = Array.from({ length: count }, (_, n) => birth(at, n));
    await intakeStore(test.db).insert(births);
    return births;
  };
  const open = (outbox: MessagePublisher, now = Date.now) => {
    log = openInputLog({
      outbox,
      store: acceptedStore(test.db),
      log: { throttled: (_key, event, fields) => console.error(event, fields) },
      now,
      againEveryMs: 100,
      withinMs: 50,
    });
    return log;
  };
  const allTaken = (taken: readonly OutMessage[], born: readonly Birth[]) =>
    waitUntil(
      () => new Set(taken.map(({ value }) => String(value))),
      (values) => born.map(birthMessage).every(({ value }) => values.has(String(value))),
    );

  it('sends each once where the brokers take it', async () => {
    const them = brokers();
    const born = await accepted(30, Date.now() + 60_000);
    open(them).write(born);
    await waitUntil(
      () => them.taken.length,
      (count) => count >= 30,
    );
    expect(them.taken).to.deep.equal(born.map(birthMessage));
  });

  it('sends again, byte for byte, what brokers that were away did not take', async () => {
    const them = brokers();
    const opened = open(them, () => Date.now() - 3_600_000);
    them.areAway = true;
    const groups = [await accepted(700), await accepted(40), await accepted(3)];
    for (const born of groups) opened.write(born);
    await waitUntil(
      () => them.attempts,
      (attempts) => attempts > 8,
    );
    expect(them.taken).to.have.length(0);
    them.areAway = false;
    await allTaken(them.taken, groups.flat());
    const { attempts } = them;
    await sleep(500);
    expect(them.attempts, 'sends nothing that was taken').to.equal(attempts);
  });

  it('sends what an API stored in its last seconds', async () => {
    const born = await accepted(5, Date.now() - 4_000);
    const them = brokers();
    open(them);
    await allTaken(them.taken, born);
  });
});
