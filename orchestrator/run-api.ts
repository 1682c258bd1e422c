/** The API's process: takes orders in, shows sagas, and takes people's actions. It moves no saga itself. */
import { randomInt } from 'node:crypto';
import type * as z from 'zod';
import { register } from '#engine/definition/definition.ts';
import { definitionKey } from '#engine/step-batch.ts';
import { lingerMs } from '#platform/batching/linger.ts';
import { guardContinuity } from '#platform/continuity/guard.ts';
import { type Admit, admission, admitAll } from '#platform/http/admission.ts';
import { clientAddresses } from '#platform/http/client-address.ts';
import { listen } from '#platform/http/server.ts';
import { serversOf } from '#platform/http/tls.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { openIdentity } from '#platform/identity/identity.ts';
import { readIssuers } from '#platform/identity/issuers.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { isDataFault, isOutcomeUnknown, openDatabase } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { REQUEST_TIMEOUT_MS } from '#platform/postgres/session-settings.ts';
import { readConfig } from '#platform/process/config.ts';
import { cpuShortage } from '#platform/process/cpu-shortage.ts';
import type { Logger } from '#platform/process/log.ts';
import { runProcess } from '#platform/process/process.ts';
import { SAGA_PARTITIONS, uuidv7InPartition } from '#protocol/ids.ts';
import { keepCounting } from './batches/count-batches.ts';
import { keepWorking } from './batches/work-batches.ts';
import { copyDeadLetters } from './broker/dead-letters.ts';
import { watchFlows } from './broker/flows.ts';
import { brokerPositions } from './broker/positions.ts';
import { timeLimits } from './config.ts';
import { discardLetters } from './dead-letters/discard-batch.ts';
import { sendLetters } from './dead-letters/send-batch.ts';
import { apiServer } from './http/app.ts';
import { apiConfig } from './http/config.ts';
import type { ConsoleSignIn } from './http/console.ts';
import { keepDeletingEndings } from './http/delete-endings.ts';
import { watchGauges } from './http/gauges.ts';
import { watchBacklog } from './http/intake/backlog.ts';
import { openInputLog } from './http/intake/input-log.ts';
import { openIntake } from './http/intake/intake.ts';
import { openLiveStreams } from './http/live/streams.ts';
import { keepResumingHeld } from './http/resume-held.ts';
import { watchUsual } from './http/why/usual.ts';
import { sagaBatches } from './saga-batches/act-on-sagas.ts';
import type { DefineSagas } from './sagas/index.ts';
import { acceptedStore } from './store/accepted-store.ts';
import { actionStore } from './store/action-store.ts';
import { activeDefinition } from './store/active-definition.ts';
import { apiKeyStore } from './store/api-key-store.ts';
import { backlogStore } from './store/backlog-store.ts';
import { batchStore } from './store/batch-store.ts';
import { brakeStore } from './store/brake-store.ts';
import { watchBrakes } from './store/brakes-in-force.ts';
import { compensationFailureStore } from './store/compensation-failure-store.ts';
import { deadLetterStore } from './store/dead-letter-store.ts';
import { definitionStore } from './store/definition-store.ts';
import { endedTokenStore } from './store/ended-token-store.ts';
import { erasureStore } from './store/erasure-store.ts';
import { failureStore } from './store/failure-store.ts';
import { gaugeStore } from './store/gauge-store.ts';
import { intakeStore } from './store/intake-store.ts';
import { journalChainStore } from './store/journal-chain-store.ts';
import { letterWorkStore } from './store/letter-work-store.ts';
import { liveStore } from './store/live-store.ts';
import { sagaBatchStore } from './store/saga-batch-store.ts';
import { savedViewStore } from './store/saved-view-store.ts';
import { throughputStore } from './store/throughput-store.ts';
import { viewStore } from './store/view-store.ts';
import { whyStore } from './store/why-store.ts';

const ORDER = 'order';

/** A dozen orders share a commit from here on; below, each goes at once. */
const LINGER = { busyPerSecond: 50, fullPerSecond: 400 };

/** Runs an API of the definitions it is given; resolves once it is ready. */
export async function runApi(define: DefineSagas): Promise<void> {
  const config = readConfig(apiConfig);

  await runProcess(
    'api',
    { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
    async (log, whileWaiting) => {
      const now = () => Date.now();
      const registered = define(timeLimits(config)).map(register);
      const definitions = new Map(registered.map((one) => [definitionKey(one.name, one.version), one]));

      const db = openDatabase(config.DATABASE_URL, {
        pool: config.DATABASE_POOL,
        processName: 'api',
        plans: 'probes',
        queryTimeoutMs: REQUEST_TIMEOUT_MS,
      });
      const guard = await guardContinuity({
        ...{ db, brokers: config.KAFKA_BROKERS, prefix: config.KAFKA_PREFIX, clientId: 'api' },
        ...{ whileWaiting, log, now },
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
      const inputs = openInputLog({ outbox, store: acceptedStore(db), log, now });
      const intake = openIntake(
        {
          store: intakeStore(db),
          outbox,
          inputs,
          definition: active,
          isDataFault,
          isOutcomeUnknown,
          log,
          now,
          newId: uuidv7InPartition,
          firstTurn: randomInt(SAGA_PARTITIONS),
        },
        {
          lingerMs: (load) => lingerMs(load, { ...LINGER, longestMs: config.INTAKE_GROUP_MS }, cpuShortage()),
          groupMax: config.INTAKE_GROUP_MAX,
          queueMax: config.INTAKE_QUEUE_MAX,
        },
      );
      const brakes = brakeStore(db, now);
      const inForce = watchBrakes(db, log);
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
      const letterWork = letterWorkStore(db);
      const batches = batchStore(db);
      const sagaBatchRows = sagaBatchStore(db);
      const gaugesOf = gaugeStore(db);
      const live = openLiveStreams({
        store: liveStore(db),
        counts: gaugesOf,
        batches,
        definitions,
        tokens,
        limits: { all: config.LIVE_STREAMS_MAX, each: config.LIVE_STREAMS_PER_PERSON },
        log,
        now,
      });
      const positions = await brokerPositions({
        brokers: config.KAFKA_BROKERS,
        prefix: config.KAFKA_PREFIX,
        clientId: 'api',
        log,
      });
      const flows = watchFlows(registered, positions, log, now);
      const whys = whyStore(db);
      const usual = watchUsual(whys, now, log);
      const parts = {
        live,
        tokens,
        intake,
        backlog,
        brakes,
        inForce,
        views,
        actions: actionStore(db, prisma),
        definitions,
        active,
        deadLetters,
        letterWork,
        batches,
        sagaBatches: sagaBatchRows,
        compensationFailures: compensationFailureStore(db),
        versions: definitionStore(db, prisma, now),
        erasures: erasureStore(db),
        apiKeys: apiKeyStore(db, now),
        endings,
        savedViews: savedViewStore(db, now),
        journals: journalChainStore(db),
        whys,
        failures: failureStore(db),
        throughput: throughputStore(db, now),
        flows,
        usual,
        outbox,
        origins: config.ORDER_ORIGINS,
        console: {
          signIn: signInsOf(config.OIDC_ISSUERS_FILE),
          couponsUrl: config.COUPON_API_URL?.replace(/\/$/, '') ?? null,
        },
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
      const gauges = watchGauges(gaugesOf, now, log);
      const resuming = keepResumingHeld(brakes, { outbox, log, now });
      const deleting = keepDeletingEndings(endings, log);
      const working = keepWorking({
        store: batches,
        kinds: [
          sendLetters({ letterWork, outbox, now }),
          discardLetters({ letterWork, now }),
          ...sagaBatches({ sagas: sagaBatchRows, outbox, now }),
        ],
        log,
      });
      const counting = keepCounting(batches, log);
      const server = apiServer(parts, readiness, serversOf(config, log));
      const closeServer = await listen(server, { port: config.HTTP_PORT, host: config.HTTP_HOST, log });
      return {
        servesHealth: true,
        readiness,
        close: [
          async () => tokens.close(),
          () => db.close(),
          () => guard.close(),
          () => outbox.close(),
          () => positions.close(),
          () => flows.close(),
          () => usual.close(),
          () => backlog.close(),
          () => gauges.close(),
          () => deleting.close(),
          () => resuming.close(),
          () => inForce.close(),
          () => working.close(),
          () => counting.close(),
          () => inputs.close(),
          () => letters.close(),
          // At once: what the intake does not confirm in time, the server answers as unknown.
          async () => {
            await Promise.all([intake.close(), live.close(), closeServer()]);
          },
          async () => {
            closing = true;
          },
        ],
      };
    },
  );
}

/** The issuers at which people sign in to the console. */
function signInsOf(issuersFile: string | undefined): ConsoleSignIn[] {
  if (issuersFile === undefined) return [];
  return readIssuers(issuersFile).flatMap(({ issuer, console: client }) =>
    client === undefined ? [] : [{ issuer, ...client }],
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
