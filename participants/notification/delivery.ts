/**
 * One mail an event, by the batch: what Redis or a row knows is passed over, the rest is sent, then the rows are
 * written, then Redis is told. A crash in between sends a mail twice, and the second is the same mail.
 */
import { Counter } from '@prometheus-io/client';
import { retryForever } from '#platform/batching/retry.ts';
import type { HandleRecords } from '#platform/kafka/batch-consumer.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { batchSize, messagesHandled, registry } from '#platform/process/metrics.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { receiveEnd } from './event.ts';
import { type Letter, letterAbout } from './letter.ts';
import { type OutageSign, outageSign } from './outage.ts';
import type { Processed } from './processed.ts';
import type { MailStore, Outcome } from './store.ts';
import type { Outlet } from './transport.ts';

/** When a mail that was put off is first tried again. */
export const FIRST_RETRY_MS = 60_000;

const handedOver = new Counter({
  name: 'notification_mails_total',
  help: 'Mails by what came of them',
  labelNames: ['state'] as const,
  registers: [registry],
});

export interface DeliveryParts {
  readonly mails: MailStore;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly outlet: Outlet;
  readonly processed: Processed;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * A handler of the event topics, and whether to fetch. In ordinary times a batch is handled before the next is read.
 * While the mail server or the database is away nothing more is fetched and the handler returns with its work under
 * way, so that the group keeps its member; offsets move once the mails are sent.
 */
export function delivery(parts: DeliveryParts): { handle: HandleRecords; paused: () => boolean } {
  const { publisher, log } = parts;
  // A sign each: that one answers says nothing of the other.
  const [database, outlet] = [outageSign(), outageSign()];
  /** Events being handled: a record that comes again meanwhile waits for the first. */
  const underWay = new Map<string, Promise<void>>();

  const untilItWorks = <T>(sign: OutageSign, work: () => Promise<T>, what: string): Promise<T> =>
    retryForever(
      () => sign.watch(work),
      () => true,
      log,
      what,
    );

  async function deliver(letters: readonly Letter[]): Promise<void> {
    const ids = letters.map(({ eventId }) => eventId);
    const remembered = await parts.processed.among(ids);
    const asked = ids.filter((id) => !remembered.has(id));
    const known = await untilItWorks(database, () => parts.mails.knownMails(asked), 'reading the mails sent');
    const unsent = letters.filter(({ eventId }) => !remembered.has(eventId) && !known.has(eventId));
    const outcomes = await sendAll(unsent);
    const now = parts.now();
    await untilItWorks(
      database,
      () => parts.mails.insertMails(outcomes, new Date(now), new Date(now + FIRST_RETRY_MS)),
      'writing the mails sent',
    );
    await parts.processed.remember(asked);
  }

  async function sendAll(letters: readonly Letter[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const waiting = letters.values();
    const worker = async () => {
      for (const letter of waiting) {
        const handed = await untilItWorks(outlet, () => parts.outlet.send(letter), 'sending a mail');
        handedOver.inc({ state: handed.state });
        if (handed.state !== 'sent') {
          log.throttled('mail', 'a mail was not taken', {
            eventId: letter.eventId,
            state: handed.state,
            reason: handed.answer,
          });
        }
        outcomes.push({ letter, handed });
      }
    };
    await Promise.all(Array.from({ length: parts.outlet.concurrency }, worker));
    return outcomes;
  }

  return {
    paused: () => database.on() || outlet.on(),
    async handle(records) {
      batchSize.observe(records.length);
      const { letters, parked } = read(parts, records);
      const fresh = letters.filter(({ eventId }) => !underWay.has(eventId));
      const before = letters.flatMap(({ eventId }) => underWay.get(eventId) ?? []);
      const delivered = deliver(fresh);
      for (const { eventId } of fresh) underWay.set(eventId, delivered);
      const done = Promise.all([delivered, ...before, publisher.publish(parked)]).then(() => {
        for (const { eventId } of fresh) underWay.delete(eventId);
      });
      await Promise.race([done, database.raised(), outlet.raised()]);
      return { published: done };
    },
  };
}

/** The letters of a batch, one an event, and what of it must be parked. */
function read(
  { log, now }: DeliveryParts,
  records: readonly InRecord[],
): { letters: Letter[]; parked: OutMessage[] } {
  const letters = new Map<string, Letter>();
  const parked: OutMessage[] = [];
  for (const record of records) {
    messagesHandled.inc({ topic: record.topic });
    try {
      const end = receiveEnd(record);
      letters.set(end.id, letterAbout(end));
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      const { topic, partition, offset } = record;
      log.warn('parked', { topic, partition, offset, reason: error.code });
      parked.push(deadLetter(record, error, 'notification', now()));
    }
  }
  return { letters: [...letters.values()], parked };
}
