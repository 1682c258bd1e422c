/**
 * Lets a process begin only on a database that is as old as Kafka's logs. One that was restored to an earlier time knows nothing of
 * what the logs and the payment gateway have had since: payments would be made again, and orders forgotten. The process waits then,
 * unready, until a person has run `rewind`; while it runs, it beats, and ends where the database goes back under it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '#protocol/errors.ts';
import { CLOCK } from '#protocol/topics.ts';
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import { type KeptNumbers, openKeptNumber } from '../kafka/kept-number.ts';
import type { Database } from '../postgres/database.ts';
import { exitNow } from '../process/closing-limit.ts';
import type { Logger } from '../process/log.ts';
import { Gauge, registry } from '../process/metrics.ts';
import type { WhileWaiting } from '../process/process.ts';
import { repeat } from '../process/repeat.ts';
import { BEAT_EVERY_MS, BEATS_GROUP, type Beat, isOlder, makeBeat, readBeat } from './beats.ts';

/** What `/readyz` answers meanwhile. */
export const REASON = 'the database is older than the logs: run `npm run rewind`';

/** As sysexits.h has it: its supervisor starts it again, and it waits then. */
const EX_TEMPFAIL = 75;

const older = new Gauge({
  name: 'database_older_than_logs',
  help: '1 while this process does nothing, because the database was restored to an earlier time and no rewind ran since',
  registers: [registry],
});

export interface GuardOptions {
  readonly db: Database;
  readonly brokers: string;
  readonly prefix?: string;
  readonly clientId: string;
  /** This process's own without it. */
  readonly security?: KafkaSecurity;
  /** Whether the database is a participant's own: a rewind rebuilds the system's one alone, so nothing is compared or waited for. */
  readonly isOwn?: boolean;
  readonly whileWaiting: WhileWaiting;
  readonly log: Logger;
  readonly now: () => number;
}

/** A process's beats. */
export interface Guard {
  close(): Promise<void>;
}

/** Waits until the database is as old as the logs; beats from then on. @throws when no broker answers within a minute */
export async function guardContinuity(options: GuardOptions): Promise<Guard> {
  const { db, clientId, log, now } = options;
  if (options.isOwn) return { close: async () => {} };
  const inKafka = await openKeptNumber({
    ...options,
    clientId: `${clientId}-beats`,
    group: BEATS_GROUP,
    topic: CLOCK,
  });
  let last = await present(db, inKafka);
  if (last === null) {
    older.set(1);
    log.error('database-older-than-logs');
    last = await options.whileWaiting(
      () => REASON,
      () => untilPresent(db, inKafka, log),
    );
    log.info('database-rewound');
  }
  older.set(0);
  let seen = last;
  const beat = async () => {
    const made = await makeBeat(db, now());
    if (made.incarnation !== seen.incarnation || made.beat < seen.beat) {
      // Before Kafka’s number: a lower one would hide it from all others.
      log.error('database-went-back-meanwhile');
      exitNow(EX_TEMPFAIL);
    }
    seen = made;
    if (made.own) await inKafka.write({ offset: made.beat, metadata: made.incarnation });
  };
  const beating = repeat(beat, { everyMs: BEAT_EVERY_MS, log, failed: 'database-not-beaten' });
  return {
    async close() {
      await beating.close();
      await inKafka.close();
    },
  };
}

/** The last beat; null where the database is older than the logs. */
async function present(db: Database, inKafka: Pick<KeptNumbers, 'read'>): Promise<Beat | null> {
  // Kafka’s number first: a beat in between raises the row.
  const kept = await inKafka.read();
  const beat = await readBeat(db);
  return isOlder(beat, kept) ? null : beat;
}

async function untilPresent(db: Database, inKafka: KeptNumbers, log: Logger): Promise<Beat> {
  for (;;) {
    try {
      const beat = await present(db, inKafka);
      if (beat !== null) return beat;
    } catch (error) {
      log.throttled('rewind', 'database-not-beaten', { error: messageOf(error) });
    }
    await sleep(BEAT_EVERY_MS);
  }
}
