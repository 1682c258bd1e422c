/**
 * Sends one mail an event, by the batch: skips the events that Redis or a row lists, sends the rest, writes their rows,
 * then caches them in Redis. A crash in between sends a mail twice, and the second is the same mail.
 */
import { handleRecords } from '#platform/batching/handle-records.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { HandleRecords } from '#platform/kafka/batch-consumer.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { Counter, registry } from '#platform/process/metrics.ts';
import { receiveEnd } from './event.ts';
import { type Letter, letterAbout } from './letter.ts';
import { type OutageSign, outageSign } from './outage.ts';
import type { ProcessedEvents } from './processed-events.ts';
import { FIRST_RETRY_MS } from './retry-deferred.ts';
import type { MailStore, Outcome } from './store.ts';
import type { Handed, MailTransport } from './transport.ts';

const PARKED_BY = 'notification';

const mailsByState = new Counter({
  name: 'notification_mails_total',
  help: 'Mails handed to the mail transport, by state',
  labelNames: ['state'] as const,
  registers: [registry],
});

export interface NotificationParts {
  readonly mails: MailStore;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly transport: MailTransport;
  readonly processed: ProcessedEvents;
  readonly log: Logger;
  readonly now: () => number;
}

/** Handles the batches of the order events, and pauses their consumer. */
export interface OrderEventHandler {
  readonly handleOrderEvents: HandleRecords;
  /** Whether the consumer must fetch no more. */
  readonly paused: () => boolean;
}

/**
 * Makes the handler of the order events. It handles a batch before the consumer reads the next. During an outage of the
 * mail server or the database it pauses the consumer and returns with its work under way, so that the group keeps its
 * member; the offsets move once the mails are sent.
 */
export function orderEventHandler(parts: NotificationParts): OrderEventHandler {
  const { publisher, log, now } = parts;
  // One sign each: a success of the database does not end the mail server's outage.
  const [database, mailServer] = [outageSign(), outageSign()];
  /** Events being handled: a repeated record waits for the first. */
  const underWay = new Map<string, Promise<void>>();

  const watched = <T>(sign: OutageSign, work: () => Promise<T>, what: string): Promise<T> =>
    retryForever(
      () => sign.watch(work),
      () => true,
      log,
      what,
    );

  async function deliver(letters: readonly Letter[]): Promise<void> {
    const ids = letters.map(({ eventId }) => eventId);
    const cached = await parts.processed.among(ids);
    const uncached = ids.filter((id) => !cached.has(id));
    const known = await watched(database, () => parts.mails.knownMails(uncached), 'reading the mails sent');
    const unsent = letters.filter(({ eventId }) => !cached.has(eventId) && !known.has(eventId));
    const outcomes = await sendAll(parts, unsent, (letter) =>
      watched(mailServer, () => parts.transport.send(letter), 'sending a mail'),
    );
    const sentAt = now();
    await watched(
      database,
      () => parts.mails.insertMails(outcomes, new Date(sentAt), new Date(sentAt + FIRST_RETRY_MS)),
      'writing the mails sent',
    );
    await parts.processed.add(uncached);
  }

  /** Starts the delivery of a batch's new events; resolves once all its mails are sent, the repeated ones included. */
  function startDelivery(received: readonly Letter[]): Promise<void> {
    const letters = [...new Map(received.map((letter) => [letter.eventId, letter])).values()];
    const fresh = letters.filter(({ eventId }) => !underWay.has(eventId));
    const before = letters.flatMap(({ eventId }) => underWay.get(eventId) ?? []);
    const delivered = deliver(fresh);
    for (const { eventId } of fresh) underWay.set(eventId, delivered);
    return Promise.all([delivered, ...before]).then(() => {
      for (const { eventId } of fresh) underWay.delete(eventId);
    });
  }

  return {
    paused: () => database.on() || mailServer.on(),
    handleOrderEvents: (records) =>
      handleRecords(
        { parkedBy: PARKED_BY, publisher, log, now },
        records,
        (record) => receiveEnd(record),
        async (ends, _park, time) => {
          const pending = startDelivery(ends.map(letterAbout));
          await time('send mails', () => Promise.race([pending, database.raised(), mailServer.raised()]));
          const failed = new Set(
            ends.filter(({ type }) => type === 'order.failed').map(({ orderId }) => orderId),
          );
          return { messages: [], pending, failed };
        },
        ({ id, type, orderId: subject, traceparent }) => ({ id, type, subject, traceparent }),
      ),
  };
}

async function sendAll(
  { transport, log }: NotificationParts,
  letters: readonly Letter[],
  send: (letter: Letter) => Promise<Handed>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = letters.values();
  const worker = async () => {
    for (const letter of waiting) {
      const handed = await send(letter);
      mailsByState.inc({ state: handed.state });
      if (handed.state !== 'sent') {
        log.throttled('mail', 'mail-not-accepted', {
          eventId: letter.eventId,
          state: handed.state,
          reason: handed.answer,
        });
      }
      outcomes.push({ letter, handed });
    }
  };
  await Promise.all(Array.from({ length: transport.concurrency }, worker));
  return outcomes;
}
