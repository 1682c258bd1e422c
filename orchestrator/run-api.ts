/** The API's process: takes orders in, shows sagas, and takes people's actions. It moves no saga itself. */
import { randomInt } from 'node:crypto';
import type * as z from 'zod';
import { register } from '#engine/definition/definition.ts';
import { definitionKey } from '#engine/step-batch.ts';
import { lingerMs } from '#platform/batching/linger.ts';
import { type Admit, admission, admitAll } from '#platform/http/admission.ts';
import { clientAddresses } from '#platform/http/client-address.ts';
import { listen } from '#platform/http/server.ts';
import { serversOf } from '#platform/http/tls.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { openIdentity } from '#platform/identity/identity.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { isDataFault, isOutcomeUnknown, openDatabase } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { readConfig } from '#platform/process/config.ts';
import type { Logger } from '#platform/process/log.ts';
import { runProcess } from '#platform/process/process.ts';
import { SAGA_PARTITIONS, uuidv7InPartition } from '#protocol/ids.ts';
import { copyDeadLetters } from './broker/dead-letters.ts';
import { timeLimits } from './config.ts';
import { apiServer } from './http/app.ts';
import { apiConfig } from './http/config.ts';
import { keepDeletingEndings } from './http/delete-endings.ts';
import { watchGauges } from './http/gauges.ts';
import { watchBacklog } from './http/intake/backlog.ts';
import { openIntake } from './http/intake/intake.ts';
import type { DefineSagas } from './sagas/index.ts';
import { actionStore } from './store/action-store.ts';
import { activeDefinition } from './store/active-definition.ts';
import { apiKeyStore } from './store/api-key-store.ts';
import { backlogStore } from './store/backlog-store.ts';
import { deadLetterStore } from './store/dead-letter-store.ts';
import { definitionStore } from './store/definition-store.ts';
import { endedTokenStore } from './store/ended-token-store.ts';
import { erasureStore } from './store/erasure-store.ts';
import { gaugeStore } from './store/gauge-store.ts';
import { intakeStore } from './store/intake-store.ts';
import { viewStore } from './store/view-store.ts';

const ORDER = 'order';
const QUERY_TIMEOUT_MS = 5_000;

/** A dozen orders share a commit from here on; below, each goes at once. */
const LINGER = { busyPerSecond: 50, fullPerSecond: 400 };

/** Runs an API of the definitions it is given; resolves once it is ready. */
export async function runApi(define: DefineSagas): Promise<void> {
  const config = readConfig(apiConfig);

  await runProcess(
    'api',
    { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
    async (log) => {
      const now = () => Date.now();
      const registered = define(timeLimits(config)).map(register);
      const definitions = new Map(registered.map((one) => [definitionKey(one.name, one.version), one]));

      const db = openDatabase(config.DATABASE_URL, {
        pool: config.DATABASE_POOL,
        processName: 'api',
        plans: 'probes',
        queryTimeoutMs: QUERY_TIMEOUT_MS,
      });
      const prisma = openPrisma(db);
      const tokens = openIdentity(config, { now, log, credentials: openCredentials(db, now) });
      const outbox = await openPublisher({
        brokers: config.KAFKA_BROKERS,
        prefix: config.KAFKA_PREFIX,
        clientId: 'api',
        settings: ORDER_PRODUCER,
        log,
      });

      const active = activeDefinition(db, registered, now);
      const backlog = watchBacklog(backlogStore(db), { oldestMs: config.INTAKE_OLDEST_MS, now, log });
      const intake = openIntake(
        {
          store: intakeStore(db),
          outbox,
          definition: active,
          isDataFault,
          isOutcomeUnknown,
          log,
          now,
          newId: uuidv7InPartition,
          firstTurn: randomInt(SAGA_PARTITIONS),
        },
        {
          lingerMs: (load) => lingerMs(load, { ...LINGER, longestMs: config.INTAKE_GROUP_MS }),
          groupMax: config.INTAKE_GROUP_MAX,
          queueMax: config.INTAKE_QUEUE_MAX,
        },
      );
      const views = viewStore(db);
      const endings = endedTokenStore(db, now);

      let closing = false;
      const readiness = async () => {
        if (closing) return 'shutting down';
        if (!(await views.isThere())) return 'the database does not answer';
        return (await active(ORDER)) === null
          ? 'no definition is active that this build knows: an engine must start, or this build be replaced'
          : null;
      };
      const deadLetters = deadLetterStore(db, prisma);
      const letters = await copyDeadLetters(deadLetters, {
        brokers: config.KAFKA_BROKERS,
        prefix: config.KAFKA_PREFIX,
        clientId: 'api',
        log,
      });
      const parts = {
        tokens,
        intake,
        backlog,
        views,
        actions: actionStore(db, prisma),
        definitions,
        active,
        deadLetters,
        versions: definitionStore(db, prisma, now),
        erasures: erasureStore(db),
        apiKeys: apiKeyStore(db, now),
        endings,
        outbox,
        origins: config.ORDER_ORIGINS,
        admit: rateLimit(config, log, now),
        log,
        now,
      };
      void compareClock({
        brokers: config.KAFKA_BROKERS,
        prefix: config.KAFKA_PREFIX,
        clientId: 'api',
        log,
        now,
      });
      const gauges = watchGauges(gaugeStore(db), now, log);
      const deleting = keepDeletingEndings(endings, log);
      const server = apiServer(parts, readiness, serversOf(config, log));
      const closeServer = await listen(server, { port: config.HTTP_PORT, host: config.HTTP_HOST, log });
      return {
        servesHealth: true,
        readiness,
        close: [
          async () => tokens.close(),
          () => db.close(),
          () => outbox.close(),
          async () => backlog.close(),
          () => gauges.close(),
          () => deleting.close(),
          () => letters.close(),
          // At once: what the intake does not confirm in time, the server answers as unknown.
          async () => {
            await Promise.all([intake.close(), closeServer()]);
          },
          async () => {
            closing = true;
          },
        ],
      };
    },
  );
}

/** Users, and addresses, whose requests are counted at once. */
const COUNTED_MAX = 20_000;

function rateLimit(config: z.infer<typeof apiConfig>, log: Logger, now: () => number): Admit {
  const limitOf = (perSecond: number, burst: number) => ({ perSecond, burst });
  const limits = {
    user: limitOf(config.ORDER_USER_PER_SECOND, config.ORDER_USER_BURST),
    address: limitOf(config.ORDER_ADDRESS_PER_SECOND, config.ORDER_ADDRESS_BURST),
    service: limitOf(config.ORDER_SERVICE_PER_SECOND, config.ORDER_SERVICE_BURST),
  };
  const addressOf = clientAddresses({ trusted: config.TRUSTED_PROXIES }, log);
  return admitAll({ admission: admission(limits, now, COUNTED_MAX), addressOf });
}
