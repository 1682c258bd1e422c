/** Runs a participant as a process: opens its connections and consumes its command channel. */
import * as z from 'zod';
import { guardContinuity } from '#platform/continuity/guard.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { openDatabase, type Sql } from '#platform/postgres/database.ts';
import { hasNextPartition, keepPartitions } from '#platform/postgres/month-partitions.ts';
import { partitionedIn, type Table } from '#platform/postgres/tables.ts';
import { processConfig, readConfig } from '#platform/process/config.ts';
import type { Logger } from '#platform/process/log.ts';
import { runProcess } from '#platform/process/process.ts';
import { databaseVariableOf } from '#protocol/contract.ts';
import { handleCommands } from './handle-batch.ts';
import type { Participant } from './participant.ts';
import { replyKeyConfig, signReplies } from './sign-replies.ts';
import { sqlUnitOfWork } from './sql-unit-of-work.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** The runtime's parts for a participant's own worker. */
export interface ParticipantParts<Store> {
  readonly unitOfWork: UnitOfWork<Store>;
  readonly publisher: Publisher;
  readonly log: Logger;
  readonly now: () => number;
}

/** A participant's own worker, beside its command channel. */
export interface Beside {
  /** While it returns true the consumer fetches nothing. */
  readonly paused?: () => boolean;
  /** How many commands may be taken now, at least 1. */
  readonly room?: () => number;
  readonly onWoken?: (commandIds: readonly string[]) => void;
  readonly onDecided?: () => void;
  readonly close: () => Promise<void>;
}

/**
 * Starts the participant's process, on the database that its own variable names, else `DATABASE_URL`.
 * @param options.store makes the store of its tables from a connection
 * @param options.tables its tables, whose partitions it creates
 * @param options.beside starts its own worker
 */
export async function runParticipant<Store>(
  participant: Participant<Store>,
  options: {
    store: (sql: Sql) => Store;
    tables: readonly Table[];
    beside?: (parts: ParticipantParts<Store>) => Promise<Beside>;
  },
): Promise<void> {
  const { contract } = participant;
  const config = readConfig(processConfig);
  const variable = databaseVariableOf(contract.name);
  const own = readConfig(z.object({ [variable]: z.string().min(1).optional() }));
  const url = own[variable] ?? config.DATABASE_URL;
  const tables = partitionedIn(options.tables);
  await runProcess(
    contract.name,
    { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
    async (log, whileWaiting) => {
      const now = () => Date.now();
      const db = openDatabase(url, {
        pool: config.DATABASE_POOL,
        processName: contract.name,
        plans: 'probes',
      });
      const unitOfWork = sqlUnitOfWork(db, contract.name, options.store);
      const kafka = {
        brokers: config.KAFKA_BROKERS,
        prefix: config.KAFKA_PREFIX,
        clientId: contract.name,
        log,
      };
      const guard = await guardContinuity({
        db,
        ...kafka,
        isOwn: own[variable] !== undefined,
        whileWaiting,
        now,
      });
      const partitions = await keepPartitions(db, tables, now, log);
      void compareClock({ ...kafka, now });
      const opened = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
      const publisher = signReplies(opened, readConfig(replyKeyConfig).REPLY_KEY_FILE, log);
      const beside = await options.beside?.({ unitOfWork, publisher, log, now });
      const consumer = await consumeBatches({
        ...kafka,
        group: contract.name,
        topics: [contract.channel],
        settings: GENERAL_CONSUMER,
        ...(beside?.paused && { paused: beside.paused }),
        ...(beside?.room && { room: beside.room }),
        handle: (records) =>
          handleCommands({ participant, unitOfWork, publisher, log, now, ...beside }, records),
      });
      return {
        readiness: async () => {
          if (!consumer.assigned()) return 'waiting for partitions';
          return (await hasNextPartition(db, tables, now())) ? null : 'the next table partition is missing';
        },
        close: [
          () => db.close(),
          () => guard.close(),
          () => publisher.close(),
          async () => partitions.close(),
          async () => beside?.close(),
          () => consumer.close(),
        ],
      };
    },
  );
}
