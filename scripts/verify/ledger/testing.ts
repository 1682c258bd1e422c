/** For the ledger's tests: the product's own engine and participants on a scratch database, with a queue for a broker. */

import { randomUUID } from 'node:crypto';
import { handleEngineBatch } from '#engine/consume-batch.ts';
import { register } from '#engine/definition/definition.ts';
import { engineTopics } from '#engine/read-message.ts';
import { SagaCache } from '#engine/saga-cache.ts';
import { definitionKey } from '#engine/step-batch.ts';
import type { StartRequest } from '#orchestrator/http/intake/intake.ts';
import { openIntake } from '#orchestrator/http/intake/intake.ts';
import { orderSaga } from '#orchestrator/sagas/order/index.ts';
import { appendAction } from '#orchestrator/store/append-audit.ts';
import { engineStore } from '#orchestrator/store/engine-store.ts';
import { intakeStore } from '#orchestrator/store/intake-store.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { HANDLERS } from '#participants/handlers.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { type Database, isDataFault, isOutcomeUnknown, openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { silent } from '#platform/process/log.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { uuidv7InPartition } from '#protocol/ids.ts';
import { handleCommands } from '#runtime/handle-batch.ts';

const MOST_ROUNDS = 100;

/** Changes to an order that would be completed. */
export interface OrderChanges {
  readonly sku?: string;
  readonly method?: string;
  readonly country?: string;
  readonly amount?: number;
  readonly currency?: string;
  /** Of the customer. */
  readonly couponId?: string;
  readonly customerId?: string;
  /** The rest of the address. */
  readonly address?: Readonly<Record<string, string>>;
  /** The gateway's customer. */
  readonly customer?: string;
}

/** An order of two cups for 25 EUR. */
function placed({
  sku = 'espresso-cup',
  method = 'pm_card_visa',
  country = 'DE',
  amount = 2500,
  currency = 'EUR',
  customerId = 'customer-1',
  address = {},
  customer,
  ...coupon
}: OrderChanges): StartRequest {
  const order = {
    customerId,
    items: [{ sku, quantity: 2 }],
    currency,
    amount,
    payment: { method, ...(customer !== undefined && { customer }) },
    shippingAddress: { ...address, country },
    ...coupon,
  };
  return { definition: 'order', input: order, requestHash: 'hash', idempotencyKey: null };
}

/** Runs orders to their ends, or only accepts them, and returns their ids in order. */
export interface SmallShop {
  readonly db: Database;
  accept(orders: readonly OrderChanges[]): Promise<string[]>;
  run(orders: readonly OrderChanges[]): Promise<string[]>;
  /** A person's action, stored as the API stores it. */
  act(sagaId: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a shop on an empty, migrated database. */
export async function openSmallShop(databaseUrl: string): Promise<SmallShop> {
  const db = openDatabase(databaseUrl, { pool: 4, processName: 'ledger-test' });
  const now = () => Date.now();
  await ensurePartitions(db, [...PARTITIONED, ...PARTICIPANT_TABLES], now());
  const definition = orderSaga();
  const registered = register(definition);
  let waiting: OutMessage[] = [];
  const publisher = {
    publish: async (messages: readonly OutMessage[]) => void waiting.push(...messages),
    close: async () => {},
  };
  const participants = Object.values(HANDLERS).map(({ participant, unitOfWork }) => {
    const parts = { participant, unitOfWork: unitOfWork(db), publisher, log: silent, now };
    const handle = (records: InRecord[]) => handleCommands(parts, records);
    return { channel: participant.contract.channel, handle };
  });
  const engine = {
    definitions: new Map([[definitionKey(definition.name, definition.version), registered]]),
    store: engineStore(db),
    cache: new SagaCache(),
    outbox: publisher,
    log: silent,
    now,
    isDataFault,
    isOutcomeUnknown,
  };
  const intake = openIntake(
    {
      ...engine,
      store: intakeStore(db),
      inputs: { write() {} },
      definition: async () => registered,
      newId: uuidv7InPartition,
      firstTurn: 0,
    },
    { lingerMs: () => 0, groupMax: 100, queueMax: 1000 },
  );
  const engineInputs = engineTopics([registered]);

  const pass = async (): Promise<void> => {
    const records = waiting.map(toRecord);
    waiting = [];
    for (const participant of participants) {
      const mine = records.filter(({ topic }) => topic === participant.channel);
      if (mine.length > 0) await participant.handle(mine);
    }
    const inputs = records.filter(({ topic }) => engineInputs.includes(topic));
    if (inputs.length > 0) await handleEngineBatch(engine, inputs);
    for (const { topic, key } of records) {
      const event = topic === 'order-completed' ? 'order.completed' : 'order.failed';
      if (topic === 'order-completed' || topic === 'order-failed') await sendMail(db, `${key}`, event);
    }
  };
  const accept = async (orders: readonly OrderChanges[]) => {
    const answers = await Promise.all(orders.map((order) => intake.add(placed(order))));
    return answers.map((answer) => (answer?.kind === 'accepted' ? answer.sagaId : 'refused'));
  };
  return {
    db,
    async accept(orders) {
      const ids = await accept(orders);
      waiting = [];
      return ids;
    },
    async run(orders) {
      const ids = await accept(orders);
      for (let round = 0; waiting.length > 0; round++) {
        if (round === MOST_ROUNDS) throw new Error('the orders do not come to an end');
        await pass();
      }
      return ids;
    },
    async act(sagaId) {
      const who = { actor: 'ada', role: 'operator', reason: 'a test', params: {}, idempotencyKey: null };
      const draft = {
        id: randomUUID(),
        sagaId,
        action: 'retry',
        revision: 1,
        planHash: null,
        ...who,
      } as const;
      await appendAction(db, draft, now);
    },
    async close() {
      await intake.close();
      await db.close();
    },
  };
}

let offset = 0;

function toRecord({ topic, key, value }: OutMessage): InRecord {
  return { topic, partition: 0, offset: offset++, key, value: Buffer.from(value), timestamp: 0 };
}

async function sendMail(db: Database, orderId: string, event: string): Promise<void> {
  await db.execute(
    `INSERT INTO notification.mails (event_id, order_id, recipient, state, at) SELECT $1, $2::uuid, customer_id, 'sent', now() FROM orchestrator.orders WHERE id = $2::uuid`,
    `${orderId}/${event}`,
    orderId,
  );
}
