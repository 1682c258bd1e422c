/** What a worker writes and publishes, gathered: one transaction and one publish for as many intents as are there. */

import { bisect } from '#platform/batching/bisect.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { notice, toMessage } from '#runtime/handle-batch.ts';
import type { OpenWork, UnitOfWork } from '#runtime/unit-of-work.ts';
import { batched } from './batched.ts';
import { payment } from './contract.ts';
import { OUTAGES, type OutageCode } from './gateway.ts';
import type { Intent } from './intent.ts';
import { type Finished, recordFinished } from './record.ts';
import type { Held, PaymentStore, Postponed } from './store.ts';

/** A command is given a notice at most this often. */
export const NOTICE_EVERY_MS = 60_000;
/** Intents a statement writes or claims at the most. */
export const MAX_BATCH = 200;

export interface WriterParts {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly publisher: Publisher;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
}

/** The four writes of a worker. Each waits circumstances out; none writes under a claim that is another's by now. */
export interface Writers {
  /** Stores the id of a payment; false when the claim is another's by now. */
  keepId(intent: Intent, gatewayId: string): Promise<boolean>;
  /** Records what came of an intent and publishes the replies; false when it could not be recorded. */
  finish(finished: Finished): Promise<boolean>;
  /** Lets go of an intent whose replies are out; true when it is due again at once. */
  release(held: Held): Promise<boolean>;
  /** Puts an intent off and gives the notices that are due. */
  postpone(postponed: Postponed & { lastFailure: OutageCode }): Promise<void>;
}

export function createWriters(parts: WriterParts): Writers {
  const { unitOfWork, publisher, log } = parts;
  const now = () => new Date(parts.now());
  const lasting = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    retryForever(work, (error) => !unitOfWork.isDataFault(error), log, what);
  const inTransaction = <T>(what: string, work: (open: OpenWork<PaymentStore>) => Promise<T>): Promise<T> =>
    lasting(what, () => unitOfWork.transaction(work));

  const keepIds = batched(MAX_BATCH, (items: ReadonlyArray<Held & { gatewayId: string }>) =>
    lasting('storing payment ids', async () => {
      const written = await unitOfWork.alone((store) => store.writeGatewayIds(items));
      return items.map(({ commandId }) => written.has(commandId));
    }),
  );

  // The next batch may be recorded while this one is published.
  const record = batched(MAX_BATCH, (batch: readonly Finished[]) =>
    bisect<Finished, { published: Promise<void> } | null>(
      batch,
      async (some) => {
        const replies = await inTransaction('recording outcomes', (open) =>
          recordFinished(open, some, now()),
        );
        const published = publisher.publish(replies.map((reply) => toMessage(payment, reply)));
        return some.map(() => ({ published }));
      },
      unitOfWork.isDataFault,
      async ({ intent }, error) => {
        log.error('an outcome cannot be recorded', { commandId: intent.commandId, error: messageOf(error) });
        return [null];
      },
    ),
  );

  const releases = batched(MAX_BATCH, (items: readonly Held[]) =>
    lasting('releasing intents', async () => {
      const due = await unitOfWork.alone((store) => store.releaseIntents(items, now()));
      return items.map(({ commandId }) => due.has(commandId));
    }),
  );

  const postpones = batched(
    MAX_BATCH,
    async (batch: ReadonlyArray<Postponed & { lastFailure: OutageCode }>) => {
      const at = now();
      const noticeBefore = new Date(at.getTime() - NOTICE_EVERY_MS);
      const outages = new Map(batch.map(({ sagaId, lastFailure }) => [sagaId, lastFailure]));
      const due = await inTransaction('putting intents off', async ({ store }) => {
        const rows = await store.postponeIntents(batch, at, noticeBefore);
        const withUndo = rows.filter(({ goal }) => goal !== 'charge').map(({ sagaId }) => sagaId);
        const undos = await store.takeNotices(withUndo, at, noticeBefore);
        const bySaga = new Map(rows.map((row) => [row.sagaId, row]));
        return [...rows.filter((row) => row.notice), ...undos].flatMap(({ sagaId, commandId: id }) => {
          const row = bySaga.get(sagaId);
          const code = outages.get(sagaId);
          if (row === undefined || code === undefined) return [];
          const data = { code, text: OUTAGES[code], attempt: row.tries, nextTryAt: row.dueAt.toISOString() };
          // The minute is its number: one a minute, and the same where this is tried again.
          const nth = Math.floor(at.getTime() / NOTICE_EVERY_MS);
          return [notice(payment, { id, sagaId }, 'delayed', data, nth, at.getTime())];
        });
      });
      const published = publisher.publish(due);
      return batch.map(() => ({ published }));
    },
  );

  return {
    keepId: (intent, gatewayId) => keepIds({ ...heldOf(intent), gatewayId }),
    async finish(finished) {
      const recorded = await record(finished);
      await recorded?.published;
      return recorded !== null;
    },
    release: (held) => releases(heldOf(held)),
    async postpone(postponed) {
      const { published } = await postpones(postponed);
      await published;
    },
  };
}

function heldOf({ sagaId, commandId, lease }: Held): Held {
  return { sagaId, commandId, lease };
}
