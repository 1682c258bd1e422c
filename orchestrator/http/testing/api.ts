/** For tests: the API on real PostgreSQL and Kafka, in this process, with an engine that the test steps. */
import { randomBytes, randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { register } from '#engine/definition/definition.ts';
import { type Definitions, definitionKey } from '#engine/step-batch.ts';
import { keepWorking } from '#orchestrator/batches/work-batches.ts';
import { copyDeadLetters } from '#orchestrator/broker/dead-letters.ts';
import type { Flows } from '#orchestrator/broker/flows.ts';
import { discardLetters } from '#orchestrator/dead-letters/discard-batch.ts';
import { sendLetters } from '#orchestrator/dead-letters/send-batch.ts';
import { sagaBatches } from '#orchestrator/saga-batches/act-on-sagas.ts';
import { type DefineSagas, sagas } from '#orchestrator/sagas/index.ts';
import { acceptedStore } from '#orchestrator/store/accepted-store.ts';
import { actionStore } from '#orchestrator/store/action-store.ts';
import { activeDefinition } from '#orchestrator/store/active-definition.ts';
import { apiKeyStore } from '#orchestrator/store/api-key-store.ts';
import { backlogStore } from '#orchestrator/store/backlog-store.ts';
import { batchStore } from '#orchestrator/store/batch-store.ts';
import { brakeStore } from '#orchestrator/store/brake-store.ts';
import { type BrakesInForce, watchBrakes } from '#orchestrator/store/brakes-in-force.ts';
import { compensationFailureStore } from '#orchestrator/store/compensation-failure-store.ts';
import { deadLetterStore } from '#orchestrator/store/dead-letter-store.ts';
import { definitionStore } from '#orchestrator/store/definition-store.ts';
import { endedTokenStore } from '#orchestrator/store/ended-token-store.ts';
import { erasureStore } from '#orchestrator/store/erasure-store.ts';
import { failureStore } from '#orchestrator/store/failure-store.ts';
import { gaugeStore } from '#orchestrator/store/gauge-store.ts';
import { intakeStore } from '#orchestrator/store/intake-store.ts';
import { journalChainStore } from '#orchestrator/store/journal-chain-store.ts';
import { letterWorkStore } from '#orchestrator/store/letter-work-store.ts';
import { liveStore } from '#orchestrator/store/live-store.ts';
import { reportAlive } from '#orchestrator/store/report-alive.ts';
import { sagaBatchStore } from '#orchestrator/store/saga-batch-store.ts';
import { savedViewStore } from '#orchestrator/store/saved-view-store.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { throughputStore } from '#orchestrator/store/throughput-store.ts';
import { viewStore } from '#orchestrator/store/view-store.ts';
import { whyStore } from '#orchestrator/store/why-store.ts';
import { listen } from '#platform/http/server.ts';
import { type SignToken, testTokens } from '#platform/http/testing/client.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { composeIdentity } from '#platform/identity/identity.ts';
import { createTopics, deleteTopics } from '#platform/kafka/admin.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { type Database, isDataFault, isOutcomeUnknown, openDatabase } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { openTokens } from '#platform/process/auth-tokens.ts';
import { type Logger, silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { SAGA_PARTITIONS, uuidv7InPartition } from '#protocol/ids.ts';
import { DEAD_LETTERS, SAGA_CONTROL, SAGA_INPUTS, TOPICS } from '#protocol/topics.ts';
import { openTestDatabase } from '#runtime/testing/database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { apiServer } from '../app.ts';
import { type Backlog, watchBacklog } from '../intake/backlog.ts';
import { openInputLog } from '../intake/input-log.ts';
import { type IntakeLimits, openIntake } from '../intake/intake.ts';
import { openLiveStreams } from '../live/streams.ts';
import { keepResumingHeld } from '../resume-held.ts';
import { type Usual, watchUsual } from '../why/usual.ts';
import { type Client, clientOf } from './client.ts';
import { type Engine, engineOn } from './engine.ts';
import { NOT_OBSERVED, openFlows } from './flows.ts';

export interface TestApi extends Client {
  readonly url: string;
  readonly databaseUrl: string;
  readonly kafka: {
    readonly brokers: string;
    readonly prefix: string;
    readonly clientId: string;
    readonly log: Logger;
  };
  readonly db: Database;
  readonly engine: Engine;
  readonly definitions: Definitions;
  readonly backlog: Backlog;
  readonly inForce: BrakesInForce;
  readonly flows: Flows;
  readonly usual: Usual;
  /** The published records so far, as a consumer reads them. */
  readonly published: readonly InRecord[];
  readonly token: SignToken;
  /** The secret under which it signs. */
  readonly secret: Uint8Array;
  close(): Promise<void>;
}

const LIMITS: IntakeLimits = { lingerMs: () => 2, groupMax: 200, queueMax: 5_000 };
const READ_TOPICS = ['order-created', SAGA_CONTROL];
const OWN_TOPICS = [...READ_TOPICS, SAGA_INPUTS, DEAD_LETTERS];

/** Starts an API with its own database, topics and secret. */
export async function startTestApi(
  options: {
    limits?: Partial<IntakeLimits>;
    oldestMs?: number;
    isActive?: boolean;
    define?: DefineSagas;
    /** The address under which the API reaches its database, given the real one. */
    via?: (url: string) => Promise<string>;
    origins?: readonly string[];
    /** Whether it observes how fast groups read; then all topics of orders are created. */
    observesFlows?: boolean;
    /** Whether it carries out batches. */
    worksBatches?: boolean;
    /** Bounds of the streams of live events. */
    streams?: { all?: number; each?: number };
    /** The database as live events read it. */
    watch?: (db: Database) => Pick<Database, 'query'>;
  } = {},
): Promise<TestApi> {
  const now = () => Date.now();
  const brokers = process.env.KAFKA_BROKERS ?? (await stackUp({ name: 'test' })).kafka;
  const prefix = `http-${randomBytes(4).toString('hex')}.`;
  const kafka = { brokers, prefix, clientId: 'test', log: silent };
  const topics = TOPICS.filter(
    ({ name, flow }) => OWN_TOPICS.includes(name) || (options.observesFlows === true && flow === 'orders'),
  );
  const [test] = await Promise.all([
    openTestDatabase(...PARTITIONED.map(({ name }) => name)),
    createTopics({ brokers, prefix, topics }),
  ]);
  // A pool of its own: some tests cut the API's connections.
  const apiDb = openDatabase((await options.via?.(test.url)) ?? test.url, {
    pool: 6,
    processName: 'api',
    plans: 'probes',
    queryTimeoutMs: 5_000,
  });
  test.watch(apiDb);
  const prisma = openPrisma(apiDb);

  const registered = (options.define ?? sagas)().map(register);
  const definitions = new Map(registered.map((one) => [definitionKey(one.name, one.version), one]));
  if (options.isActive !== false)
    await (await reportAlive(test.db, 'engine', registered, now, silent)).close();

  const published: InRecord[] = [];
  const outbox = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
  const consumer = await consumeBatches({
    ...kafka,
    group: 'test',
    topics: READ_TOPICS,
    settings: GENERAL_CONSUMER,
    handle: async (records) => {
      published.push(...records.map((record) => ({ ...record, topic: record.topic.replace(prefix, '') })));
      return { published: Promise.resolve() };
    },
  });

  // A broker that has only just started takes a while to give a new group its partitions.
  await waitUntil(() => consumer.assigned(), Boolean);

  const { secret, token } = testTokens();
  const tokens = composeIdentity({
    issuers: null,
    local: openTokens(secret, now),
    credentials: openCredentials(apiDb, now),
  });
  const backlog = watchBacklog(backlogStore(apiDb), {
    oldestMs: options.oldestMs ?? 30_000,
    now,
    log: silent,
  });
  const definition = activeDefinition(apiDb, registered, now);
  const inputs = openInputLog({ outbox, store: acceptedStore(apiDb), log: silent, now });
  const intake = openIntake(
    {
      store: intakeStore(apiDb),
      outbox,
      inputs,
      definition,
      isDataFault,
      isOutcomeUnknown,
      log: silent,
      now,
      newId: uuidv7InPartition,
      firstTurn: randomInt(SAGA_PARTITIONS),
    },
    { ...LIMITS, ...options.limits },
  );
  const views = viewStore(apiDb);
  const actions = actionStore(apiDb, prisma);
  const deadLetters = deadLetterStore(apiDb, prisma);
  const letters = await copyDeadLetters(deadLetters, kafka);
  const brakes = brakeStore(apiDb, now);
  const inForce = watchBrakes(apiDb, silent);
  const resuming = keepResumingHeld(brakes, { outbox, log: silent, now });
  const letterWork = letterWorkStore(apiDb);
  const batches = batchStore(apiDb);
  const sagaBatchRows = sagaBatchStore(apiDb);
  const working =
    options.worksBatches === true
      ? keepWorking({
          store: batches,
          kinds: [
            sendLetters({ letterWork, outbox, now, watchedMs: 1_500 }),
            discardLetters({ letterWork, now }),
            ...sagaBatches({ sagas: sagaBatchRows, outbox, now, delayMs: 500 }),
          ],
          log: silent,
          waveEveryMs: 200,
        })
      : null;
  const live = openLiveStreams({
    store: liveStore(options.watch?.(apiDb) ?? apiDb),
    counts: gaugeStore(apiDb),
    batches: batchStore(apiDb),
    definitions,
    tokens,
    limits: { all: 2_000, each: 20, ...options.streams },
    // A stream that stays silent has its reason here.
    log: { throttled: (_key, event, fields) => console.error(event, fields) },
    now,
  });
  const observed = options.observesFlows === true ? await openFlows(kafka, registered) : NOT_OBSERVED;
  const whys = whyStore(apiDb);
  const usual = watchUsual(whys, now, silent);
  const parts = {
    live,
    tokens,
    intake,
    backlog,
    brakes,
    inForce,
    views,
    actions,
    definitions,
    active: definition,
    deadLetters,
    letterWork,
    batches,
    sagaBatches: sagaBatchRows,
    compensationFailures: compensationFailureStore(apiDb),
    versions: definitionStore(apiDb, prisma, now),
    erasures: erasureStore(apiDb),
    apiKeys: apiKeyStore(apiDb, now),
    endings: endedTokenStore(apiDb, now),
    savedViews: savedViewStore(apiDb, now),
    journals: journalChainStore(apiDb),
    whys,
    failures: failureStore(apiDb),
    throughput: throughputStore(apiDb, now),
    flows: observed.flows,
    usual,
    outbox,
    origins: options.origins ?? [],
    log: silent,
    now,
  };
  const server = apiServer(parts, async () => ((await views.isThere()) ? null : 'no database'));
  const closeServer = await listen(server, { port: 0, host: '127.0.0.1', log: silent });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    ...clientOf(url, token),
    url,
    databaseUrl: test.url,
    kafka,
    db: test.db,
    engine: engineOn(test.db, definitions, () => inForce.commands),
    definitions,
    backlog,
    inForce,
    flows: observed.flows,
    usual,
    published,
    token,
    secret,
    async close() {
      await working?.close();
      await intake.close();
      await inputs.close();
      await backlog.close();
      await Promise.all([resuming.close(), inForce.close(), usual.close()]);
      await Promise.all([live.close(), closeServer(), observed.close()]);
      await Promise.all([consumer.close(), letters.close(), outbox.close()]);
      // Left behind, they do no harm; all of a test run's together would keep the broker busy.
      await deleteTopics({ brokers, prefix, topics: topics.map(({ name }) => name) }).catch(() => {});
      await apiDb.close();
      await test.close();
    },
  };
}
