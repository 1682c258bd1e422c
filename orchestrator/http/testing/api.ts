/** For tests: the API on real PostgreSQL and Kafka, in this process, with an engine that the test steps. */
import { randomBytes, randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { register } from '#engine/definition/definition.ts';
import { definitionKey } from '#engine/step-batch.ts';
import { copyDeadLetters } from '#orchestrator/broker/dead-letters.ts';
import { type DefineSagas, sagas } from '#orchestrator/sagas/index.ts';
import { actionStore } from '#orchestrator/store/action-store.ts';
import { activeDefinition } from '#orchestrator/store/active-definition.ts';
import { apiKeyStore } from '#orchestrator/store/api-key-store.ts';
import { backlogStore } from '#orchestrator/store/backlog-store.ts';
import { deadLetterStore } from '#orchestrator/store/dead-letter-store.ts';
import { definitionStore } from '#orchestrator/store/definition-store.ts';
import { endedTokenStore } from '#orchestrator/store/ended-token-store.ts';
import { erasureStore } from '#orchestrator/store/erasure-store.ts';
import { intakeStore } from '#orchestrator/store/intake-store.ts';
import { reportAlive } from '#orchestrator/store/report-alive.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { viewStore } from '#orchestrator/store/view-store.ts';
import { listen } from '#platform/http/server.ts';
import { type SignToken, testTokens } from '#platform/http/testing/client.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { composeIdentity } from '#platform/identity/identity.ts';
import { createTopics } from '#platform/kafka/admin.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { type Database, isDataFault, isOutcomeUnknown, openDatabase } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { openTokens } from '#platform/process/auth-tokens.ts';
import { type Logger, silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { SAGA_PARTITIONS, uuidv7InPartition } from '#protocol/ids.ts';
import { DEAD_LETTERS, SAGA_CONTROL, TOPICS } from '#protocol/topics.ts';
import { openTestDatabase } from '#runtime/testing/database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { apiServer } from '../app.ts';
import { type Backlog, watchBacklog } from '../intake/backlog.ts';
import { type IntakeLimits, openIntake } from '../intake/intake.ts';
import { type Client, clientOf } from './client.ts';
import { type Engine, engineOn } from './engine.ts';

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
  readonly backlog: Backlog;
  /** The published records so far, as a consumer reads them. */
  readonly published: readonly InRecord[];
  readonly token: SignToken;
  /** The secret under which it signs. */
  readonly secret: Uint8Array;
  close(): Promise<void>;
}

const LIMITS: IntakeLimits = { lingerMs: () => 2, groupMax: 200, queueMax: 5_000 };
const READ_TOPICS = ['order-created', SAGA_CONTROL];
const OWN_TOPICS = [...READ_TOPICS, DEAD_LETTERS];

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
  } = {},
): Promise<TestApi> {
  const now = () => Date.now();
  const brokers = process.env.KAFKA_BROKERS ?? (await stackUp({ name: 'test' })).kafka;
  const prefix = `http-${randomBytes(4).toString('hex')}.`;
  const kafka = { brokers, prefix, clientId: 'test', log: silent };
  const topics = TOPICS.filter(({ name }) => OWN_TOPICS.includes(name));
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
  await waitUntil(() => consumer.assigned(), Boolean, { withinMs: 60_000 });

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
  const intake = openIntake(
    {
      store: intakeStore(apiDb),
      outbox,
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
  const parts = {
    tokens,
    intake,
    backlog,
    views,
    actions,
    definitions,
    active: definition,
    deadLetters,
    versions: definitionStore(apiDb, prisma, now),
    erasures: erasureStore(apiDb),
    apiKeys: apiKeyStore(apiDb, now),
    endings: endedTokenStore(apiDb, now),
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
    engine: engineOn(test.db, definitions),
    backlog,
    published,
    token,
    secret,
    async close() {
      await intake.close();
      backlog.close();
      await closeServer();
      await Promise.all([consumer.close(), letters.close(), outbox.close()]);
      await apiDb.close();
      await test.close();
    },
  };
}
