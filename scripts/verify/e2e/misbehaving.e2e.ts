/** Participants that answer twice, late and in the wrong order: the ledger holds, and every order ends. */
import { expect } from 'chai';
import { inventoryParticipant } from '#participants/inventory/handlers.ts';
import { inventoryStore } from '#participants/inventory/sql-store.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { shippingParticipant } from '#participants/shipping/handlers.ts';
import { shippingStore } from '#participants/shipping/sql-store.ts';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { type Database, openDatabase, type Sql } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { silent } from '#platform/process/log.ts';
import { handleCommands } from '#runtime/handle-batch.ts';
import type { Participant } from '#runtime/participant.ts';
import { signReplies } from '#runtime/sign-replies.ts';
import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import { replyKeyFile } from '#scripts/run/stack/secure/reply-keys.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { Random } from '../random.ts';
import { type MisbehavingPublisher, misbehaving } from './misbehaving.ts';
import { openShop, type Shop, type Wanted } from './shop.ts';

/** Shorter than the answers are late, so some steps are given up before their answer comes. */
const STEP_TIMEOUT_MS = 2_000;
const ORDERS = 120;
const KINDS: readonly Wanted[] = [
  {},
  {},
  { method: 'pm_card_chargeDeclined' },
  { sku: 'sold-out-mug' },
  { country: 'AQ' },
  // Two hundred are there: the later ones find it sold out, or given back.
  { sku: 'espresso-cup', quantity: 12 },
];

describe('participants that answer twice, late and in the wrong order', function () {
  this.timeout(600_000);
  let shop: Shop;
  const closing: Array<() => Promise<void>> = [];
  const publishers: MisbehavingPublisher[] = [];

  before(async () => {
    shop = await openShop('misbehaving', {
      gateway: 'simulator',
      environment: { STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) },
      only: ['api', 'engine', 'gateway', 'payment', 'notification'],
    });
    await answerFor(inventoryParticipant, inventoryStore);
    await answerFor(shippingParticipant, shippingStore);
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
    await shop?.stop();
  });

  const isWaitedFor = async (sagaId: string, commandId: string) => {
    const { stuck, waitsFor } = await shop.get<{
      stuck: boolean;
      waitsFor: ReadonlyArray<{ commandId: string }>;
    }>(`/v1/sagas/${sagaId}`);
    return !stuck && waitsFor.some((one) => one.commandId === commandId);
  };
  /** The production participant in this process, its answers in misbehaving hands. */
  async function answerFor<Store>(
    participant: Participant<Store>,
    storeOn: (sql: Sql) => Store,
  ): Promise<void> {
    const { contract } = participant;
    const kafka = {
      brokers: shop.system.addresses.kafka,
      prefix: shop.prefix,
      clientId: `misbehaving-${contract.name}`,
      log: silent,
    };
    const db: Database = openDatabase(shop.databaseUrl, {
      pool: 2,
      processName: 'misbehaving',
      plans: 'probes',
    });
    // The participant's own process does this at its start; without a partition its inserts would wait.
    const own = PARTICIPANT_TABLES.filter(({ name }) => name.startsWith(`${contract.name}.`));
    await ensurePartitions(db, own, Date.now());
    const publisher = misbehaving(
      signReplies(
        await openPublisher({ ...kafka, settings: ORDER_PRODUCER }),
        replyKeyFile('test', contract.name),
        silent,
      ),
      new Random(1).next,
      isWaitedFor,
    );
    const unitOfWork = sqlUnitOfWork(db, contract.name, storeOn);
    const consumer: BatchConsumer = await consumeBatches({
      ...kafka,
      group: contract.name,
      topics: [contract.channel],
      settings: GENERAL_CONSUMER,
      handle: (records) =>
        handleCommands({ participant, unitOfWork, publisher, log: silent, now: () => Date.now() }, records),
    });
    publishers.push(publisher);
    closing.push(
      () => db.close(),
      () => publisher.close(),
      () => consumer.close(),
    );
  }

  it('end every order, and the ledger holds', async () => {
    const ids = await shop.placeMany(ORDERS, (i) => KINDS[i % KINDS.length] ?? {});
    await shop.ended(ids, 300_000);
    for (const one of publishers) await one.settled();
    // A late success of an ended saga is undone; that takes its time.
    await waitUntil(
      async () =>
        (
          await verifyLedger({ databaseUrl: shop.databaseUrl, gatewayUrl: shop.system.urls['gateway'] })
        ).filter(({ violations }) => violations > 0),
      (broken) => broken.length === 0,
    );
    const stuck = await shop.get<{ items: unknown[] }>('/v1/sagas?stuck=true');
    expect(stuck.items).to.deep.equal([]);
    const ended = await shop.ended(ids);
    const counted = publishers.map((one) => one.counted());
    for (const { doubled, late } of counted) {
      expect(doubled).to.be.greaterThan(20);
      expect(late).to.be.greaterThan(20);
    }
    const reasons = Object.groupBy(ended, ({ status, reason }) => `${status} ${reason ?? ''}`.trim());
    // Some waited in vain: without that, nothing was late.
    expect(
      Object.keys(reasons).some((reason) => reason.includes('timed-out')),
      Object.keys(reasons).join(),
    ).to.equal(true);
  });
});
