/** The writes of a worker, in batches: one transaction and one publish for all intents that wait. */
import { recordReplies } from '#platform/batching/batch-spans.ts';
import { bisect } from '#platform/batching/bisect.ts';
import { publishWithin } from '#platform/batching/publication.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { notice, toMessage } from '#runtime/handle-batch.ts';
import type { OpenWork, UnitOfWork } from '#runtime/unit-of-work.ts';
import { batchCalls } from './batch-calls.ts';
import { payment } from './contract.ts';
import { OUTAGES, type OutageCode } from './gateway.ts';
import type { Intent } from './intent.ts';
import { type FinalResult, recordOutcomes } from './record-outcomes.ts';
import { recordPending } from './record-reversals.ts';
import type { Money } from './reversal.ts';
import type { Held, PaymentStore, Postponed } from './store.ts';

/** The shortest time between two notices about a command. */
export const NOTICE_EVERY_MS = 60_000;
/** The most intents that a statement writes or claims. */
export const MAX_BATCH = 200;

export interface WriteParts {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly publisher: Publisher;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
  /** How short the CPU is, from 0 to 1: the share of the linger; 1 without it. */
  readonly cpuShortage?: () => number;
}

/** Each retries transient failures forever, and writes nothing once another worker has claimed the intent. */
export interface WorkerWrites {
  /** Stores a payment's id; false once another worker has claimed the intent. */
  keepId(intent: Intent, gatewayId: string): Promise<boolean>;
  /** Records a result and publishes the replies; false when the database refuses the result. */
  finish(finished: FinalResult): Promise<boolean>;
  /** Releases an intent whose replies are published; true when it is due again at once. */
  release(held: Held): Promise<boolean>;
  /** Postpones an intent and publishes the notices that are due. */
  postpone(postponed: Pending): Promise<void>;
}

/** An intent to retry later, with the money seen. */
export interface Pending extends Postponed {
  readonly lastFailure: OutageCode;
  readonly amount: number;
  readonly currency: string;
  readonly money?: Money;
  /** When the gateway was read. */
  readonly readAt: Date;
}

export function workerWrites(parts: WriteParts): WorkerWrites {
  const { unitOfWork, publisher, log } = parts;
  const now = () => new Date(parts.now());
  // The inbox has the replies, and the orchestrator sends their commands again: an intent need not keep its place until then.
  const publishOrLeave = async (messages: readonly OutMessage[]) => {
    const startedAt = performance.now();
    const late = new Set(await publishWithin(publisher, messages));
    recordReplies(
      messages.filter((message) => !late.has(message)),
      startedAt,
    );
  };
  const retrying = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    retryForever(work, (error) => !unitOfWork.isDataFault(error), log, what);
  const inTransaction = <T>(what: string, work: (open: OpenWork<PaymentStore>) => Promise<T>): Promise<T> =>
    retrying(what, () => unitOfWork.transaction(work));

  const inBatches = <Item, Result>(work: (items: readonly Item[]) => Promise<readonly Result[]>) =>
    batchCalls(MAX_BATCH, work, parts.cpuShortage);

  const keepIds = inBatches((items: ReadonlyArray<Held & { gatewayId: string }>) =>
    retrying('storing payment ids', async () => {
      const written = await unitOfWork.alone((store) => store.writeGatewayIds(items));
      return items.map(({ commandId }) => written.has(commandId));
    }),
  );

  // The next batch may be recorded while this one is published.
  const record = inBatches((batch: readonly FinalResult[]) =>
    bisect<FinalResult, { published: Promise<void> } | null>(
      batch,
      async (some) => {
        const replies = await inTransaction('recording outcomes', (open) =>
          recordOutcomes(open, some, now()),
        );
        const published = publishOrLeave(replies.map((reply) => toMessage(payment, reply)));
        return some.map(() => ({ published }));
      },
      unitOfWork.isDataFault,
      async ({ intent }, error) => {
        log.error('payment-outcome-refused', {
          commandId: intent.commandId,
          error: messageOf(error),
        });
        return [null];
      },
    ),
  );

  const releases = inBatches((items: readonly Held[]) =>
    retrying('releasing intents', async () => {
      const due = await unitOfWork.alone((store) => store.releaseIntents(items, now()));
      return items.map(({ commandId }) => due.has(commandId));
    }),
  );

  const postpones = inBatches(async (batch: readonly Pending[]) => {
    const at = now();
    const noticeBefore = new Date(at.getTime() - NOTICE_EVERY_MS);
    const outages = new Map(batch.map(({ sagaId, lastFailure }) => [sagaId, lastFailure]));
    const due = await inTransaction('postponing intents', async ({ store }) => {
      await recordPending(store, batch, at);
      const rows = await store.postponeIntents(batch, at, noticeBefore);
      const withUndo = rows.filter(({ goal }) => goal !== 'charge').map(({ sagaId }) => sagaId);
      const undos = await store.takeNotices(withUndo, at, noticeBefore);
      const bySaga = new Map(rows.map((row) => [row.sagaId, row]));
      return [...rows.filter((row) => row.notice), ...undos].flatMap(
        ({ sagaId, commandId: id, traceparent }) => {
          const row = bySaga.get(sagaId);
          const code = outages.get(sagaId);
          if (row === undefined || code === undefined) return [];
          const data = { code, text: OUTAGES[code], attempt: row.tries, nextTryAt: row.dueAt.toISOString() };
          // Numbered by the minute: at most one a minute, and the same id when this is retried.
          const nth = Math.floor(at.getTime() / NOTICE_EVERY_MS);
          const kind = code === 'refund-pending' ? 'pending' : 'delayed';
          return [notice(payment, { id, sagaId, traceparent }, kind, data, nth, at.getTime())];
        },
      );
    });
    const published = publishOrLeave(due);
    return batch.map(() => ({ published }));
  });

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
