/**
 * Rebuilds what a database lacks that was restored to an earlier time while Kafka and the payment gateway went on, in one
 * transaction; then lets the processes begin. It decides nothing anew: the log has what was said, and that stands.
 */
import type { Registered } from '#engine/definition/definition.ts';
import { appendApplied } from '#orchestrator/store/append-audit.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import type { GatewayName } from '#participants/payment/intent.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { BEATS_GROUP, isOlder, readBeat, renewIncarnation } from '#platform/continuity/beats.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openKeptNumber } from '#platform/kafka/kept-number.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import type { Database } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { uuidv7 } from '#protocol/ids.ts';
import type { ReplyKeys } from '#protocol/reply-signature.ts';
import { CLOCK, EVENT_READERS } from '#protocol/topics.ts';
import { gapOf, topicsOf } from './gap.ts';
import { withinTransaction } from './one-transaction.ts';
import { type Brokers, readLogs } from './read-logs.ts';
import { rebuildCoupons } from './rebuild-coupons.ts';
import { rebuildMails } from './rebuild-mails.ts';
import { decidedIn, rebuildParticipants } from './rebuild-participants.ts';
import { type ReadGateway, rebuildPayment } from './rebuild-payment.ts';
import { moveSagas, rebuildBirths } from './rebuild-sagas.ts';
import { hashOf, type Report, Tally } from './report.ts';

/** How long before the database's time the logs are read: clocks differ, and what was written last may lack its answer. */
const MARGIN_MS = 5 * 60_000;

/** What no log has. */
const CHECK = [
  'orders answered 202 in the last moment before the failure, whose record no broker has: their customers will ask',
  'stock set or loaded since: npm run stock -- set',
  'campaigns opened or closed since; API keys made or revoked, tokens ended, brakes, saved views and batches since',
  'customers erased since: their rows are back; erase them again',
];

/** What a rewind needs. */
export interface RewindParts {
  readonly db: Database;
  readonly kafka: Brokers;
  readonly definitions: readonly Registered[];
  readonly replyKeys: ReplyKeys | null;
  readonly gatewayName: GatewayName;
  readonly gateway: ReadGateway;
  readonly now: () => number;
}

/** Who applies a plan. */
export interface Applied {
  readonly planHash: string;
  readonly actor: string;
  readonly reason: string;
}

/** The database is as old as the logs: there is nothing to rewind. */
export class NothingToRewind extends Error {}

/** The logs, the gateway or the database are not as they were when the plan was made. */
export class RewindChanged extends Error {
  readonly report: Report;

  constructor(report: Report) {
    super('the plan no longer holds');
    this.report = report;
  }
}

/** Ends the transaction of a plan. */
class OnlyPlanned extends Error {}

/**
 * Plans, or applies a plan.
 * @param applied null: only plans, and changes nothing
 * @throws NothingToRewind @throws RewindChanged
 */
export async function rewind(parts: RewindParts, applied: Applied | null): Promise<Report> {
  const { db, kafka, now } = parts;
  const inKafka = await openKeptNumber({ ...kafka, clientId: 'rewind', group: BEATS_GROUP, topic: CLOCK });
  try {
    const kept = await inKafka.read();
    const beat = await readBeat(db);
    if (!isOlder(beat, kept) || kept === null) throw new NothingToRewind();
    const since = beat.at.getTime() - MARGIN_MS;
    const topics = topicsOf(parts.definitions);
    const logs = await readLogs(kafka, [...topics, 'coupon-request'], since, EVENT_READERS);
    let report: Report | null = null;
    await db
      .transaction(async (sql) => {
        // Between two statements it waits for the gateway, or steps sagas in memory.
        await sql.execute('SET LOCAL idle_in_transaction_session_timeout = 0');
        const within = withinTransaction(sql);
        await ensurePartitions(within, [...PARTITIONED, ...PARTICIPANT_TABLES], now(), [0, 1]);
        const made = await rebuild(parts, within, logs, beat.at, since);
        report = made.report;
        if (applied === null) throw new OnlyPlanned();
        if (applied.planHash !== made.report.planHash) throw new RewindChanged(made.report);
        const entry = {
          ...{
            id: uuidv7(now()),
            sagaId: null,
            batchId: null,
            action: 'rewind',
            revision: null,
            role: 'admin',
          },
          ...{ ...applied, idempotencyKey: null },
          params: {
            restoredTo: made.report.restoredTo,
            rebuilt: made.report.rebuilt,
            losses: made.report.losses,
          },
        };
        await appendApplied(sql, entry, 'rebuilt from the logs', now);
        await renewIncarnation(sql, kept.offset, new Date(now()));
        // Before the commit, while nobody reads: once the rows are there, no second run would send them. Sent and rolled back, they are
        // in the logs that the next plan reads.
        await publish(kafka, made.unsent);
      })
      .catch((error: unknown) => {
        if (!(error instanceof OnlyPlanned)) throw error;
      });
    if (report === null) throw new Error('the rewind came to no report');
    if (applied === null) return report;
    // The last step: the processes begin.
    const renewed = await readBeat(db);
    await inKafka.write({ offset: renewed.beat, metadata: renewed.incarnation });
    return report;
  } finally {
    await inKafka.close();
  }
}

async function rebuild(
  parts: RewindParts,
  db: Database,
  { records, committed }: Awaited<ReturnType<typeof readLogs>>,
  restoredTo: Date,
  sinceMs: number,
): Promise<{ report: Report; unsent: OutMessage[] }> {
  const { definitions, replyKeys, gatewayName, gateway, now } = parts;
  const tally = new Tally();
  const gap = gapOf(definitions, records);
  await rebuildBirths(db, definitions, gap, tally);
  await rebuildCoupons(db, gap, committed, new Date(now()), tally);
  const decided = await decidedIn(db, gap, tally);
  await rebuildParticipants(db, decided, tally);
  await rebuildPayment(db, gap, decided, { name: gatewayName, gateway, sinceMs }, tally);
  const unsent = await moveSagas(db, definitions, gap, replyKeys, tally);
  await rebuildMails(db, gap, committed, tally);
  tally.add('messages to send that no log has', unsent.length);
  const plan = {
    restoredTo,
    readSince: new Date(sinceMs),
    rebuilt: tally.rebuilt,
    losses: tally.losses,
    check: CHECK,
  };
  return { report: { ...plan, planHash: hashOf(plan) }, unsent };
}

async function publish(kafka: Brokers, messages: readonly OutMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const publisher = await openPublisher({ ...kafka, clientId: 'rewind', settings: ORDER_PRODUCER });
  await publisher.publish(messages).finally(() => publisher.close());
}
