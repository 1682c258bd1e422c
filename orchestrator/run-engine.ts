/** The engine's process: consumes every engine input, moves sagas, publishes; its sweeper checks waiting sagas. */
import { randomUUID } from 'node:crypto';
import { handleEngineBatch } from '#engine/consume-batch.ts';
import { register } from '#engine/definition/definition.ts';
import { engineTopics } from '#engine/read-message.ts';
import { ENGINE_GROUP } from '#engine/recovery/decide-recovery.ts';
import { runSweeper } from '#engine/recovery/sweeper.ts';
import { SagaCache } from '#engine/saga-cache.ts';
import { definitionKey } from '#engine/step-batch.ts';
import { countThroughput } from '#engine/throughput.ts';
import { ENGINE_LINGER } from '#platform/batching/linger.ts';
import { guardContinuity } from '#platform/continuity/guard.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { isDataFault, openDatabase } from '#platform/postgres/database.ts';
import { hasNextPartition, keepPartitions } from '#platform/postgres/month-partitions.ts';
import { readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { watchLag } from './broker/lag.ts';
import { brokerPositions } from './broker/positions.ts';
import { openReplyKeys } from './broker/reply-keys.ts';
import { engineConfig, timeLimits } from './config.ts';
import type { DefineSagas } from './sagas/index.ts';
import { watchBrakes } from './store/brakes-in-force.ts';
import { engineStore } from './store/engine-store.ts';
import { reportAlive } from './store/report-alive.ts';
import { sweepStore } from './store/sweep-store.ts';
import { PARTITIONED } from './store/tables.ts';

/** Runs an engine of the definitions it is given; resolves once it is ready. */
export async function runEngine(define: DefineSagas): Promise<void> {
  const config = readConfig(engineConfig);
  const name = config.ENGINE_ID;

  await runProcess(
    name,
    { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
    async (log, whileWaiting) => {
      const now = () => Date.now();
      const registered = define(timeLimits(config)).map(register);
      const definitions = new Map(registered.map((one) => [definitionKey(one.name, one.version), one]));

      const db = openDatabase(config.DATABASE_URL, {
        pool: config.DATABASE_POOL,
        processName: name,
        plans: 'probes',
      });
      const kafka = { brokers: config.KAFKA_BROKERS, prefix: config.KAFKA_PREFIX, clientId: name, log };
      const guard = await guardContinuity({ db, ...kafka, whileWaiting, now });
      const partitions = await keepPartitions(db, PARTITIONED, now, log);
      const brakes = watchBrakes(db, log);
      const throughput = countThroughput(now());
      const engineId = `${name}/${randomUUID().slice(0, 8)}`;
      const alive = await reportAlive(db, engineId, registered, now, log, throughput);
      const publisher = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
      const positions = await brokerPositions(kafka);

      const participants = registered.flatMap(({ contracts }) => contracts.map((one) => one.name));
      const keysFile = config.REPLY_KEYS_FILE;
      const keys = keysFile === undefined ? null : openReplyKeys(keysFile, [...new Set(participants)], log);
      const engine = {
        ...{
          definitions,
          store: engineStore(db),
          cache: new SagaCache(),
          outbox: publisher,
          log,
          now,
          throughput,
          isDataFault,
          brakes: () => brakes.commands,
        },
        ...(keys !== null && { replyKeys: () => keys.value }),
      };
      await brakes.known;
      const consumer = await consumeBatches({
        ...kafka,
        group: ENGINE_GROUP,
        topics: engineTopics(registered),
        settings: GENERAL_CONSUMER,
        // Safe in any order: the engine correlates every message, and the row's version fences (1,212 -> 1,973 orders/s).
        concurrency: 2,
        linger: ENGINE_LINGER,
        withHeaders: keys !== null,
        handle: (records) => handleEngineBatch(engine, records),
      });
      void compareClock({ ...kafka, now });
      const lag = watchLag(registered, positions, log, now);
      const sweeper = runSweeper({
        definitions,
        store: sweepStore(db),
        positions,
        outbox: publisher,
        log,
        now,
        random: Math.random,
      });
      return {
        readiness: async () => {
          if (!consumer.assigned()) return 'waiting for partitions';
          const outdated = alive.outdated();
          if (outdated !== null) return outdated;
          return (await hasNextPartition(db, PARTITIONED, now()))
            ? null
            : 'the next table partition is missing';
        },
        close: [
          () => db.close(),
          () => guard.close(),
          () => publisher.close(),
          async () => positions.close(),
          () => lag.close(),
          () => alive.close(),
          () => brakes.close(),
          async () => partitions.close(),
          async () => keys?.close(),
          () => sweeper.close(),
          () => consumer.close(),
        ],
      };
    },
  );
}
