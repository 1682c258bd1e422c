/**
 * Feeds open streams of batches: one read a tick for all of them, and none without a stream. An event has the whole progress, and its id
 * follows from that, so that a client that resumes at any API receives what has changed since, and nothing twice.
 */
import { hash } from 'node:crypto';
import type { BatchStore } from '#orchestrator/store/batch-rows.ts';
import { type EventStream, eventText, heartbeatText } from '#platform/http/event-stream.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { batchView } from '../views/batch.ts';

/** How often the followed batches are read. */
const TICK_MS = 500;
/** Of a hash: enough to tell one batch's states from each other. */
const ID_LENGTH = 16;
const LAST_ID = /^[0-9a-f]{16}$/;

/** A stream of one batch. */
export interface BatchListener {
  readonly stream: EventStream;
  readonly batchId: string;
  /** The id of the last event that it received; null: none. */
  lastId: string | null;
}

export interface BatchFeed {
  add(listener: BatchListener): void;
  remove(listener: BatchListener): void;
  /** A sign of life to every stream. */
  heartbeat(): void;
  close(): Promise<void>;
}

/** Whether a text can be the id of an event. */
export function isBatchEventId(text: string): boolean {
  return LAST_ID.test(text);
}

/** Opens a feed without streams: it reads nothing yet. */
export function openBatchFeed({
  batches,
  log,
}: {
  readonly batches: Pick<BatchStore, 'withProgress'>;
  readonly log: Pick<Logger, 'throttled'>;
}): BatchFeed {
  const listeners = new Set<BatchListener>();
  let timer: NodeJS.Timeout | null = null;
  let ticking: Promise<void> | null = null;
  let isClosed = false;

  const tick = async () => {
    try {
      const followed = [...new Set([...listeners].map(({ batchId }) => batchId))];
      const texts = new Map(
        (await batches.withProgress(followed)).map(({ batch, progress }) => {
          const data = JSON.stringify(batchView(batch, progress));
          return [batch.id, { data, id: hash('sha256', data).slice(0, ID_LENGTH) }];
        }),
      );
      for (const listener of listeners) {
        const text = texts.get(listener.batchId);
        if (text === undefined || text.id === listener.lastId) continue;
        listener.lastId = text.id;
        listener.stream.send(eventText('progress', text.data, text.id));
      }
    } catch (error) {
      // The streams stay, and the next tick reads again.
      log.throttled('live-batches', 'live-events-not-read', { error: messageOf(error) });
    }
  };
  const schedule = (delayMs: number) => {
    timer = setTimeout(() => {
      timer = null;
      ticking = tick().then(() => {
        ticking = null;
        if (listeners.size > 0 && !isClosed) schedule(TICK_MS);
      });
    }, delayMs);
  };

  return {
    add(listener) {
      listeners.add(listener);
      if (timer === null && ticking === null && !isClosed) schedule(0);
    },
    remove: (listener) => void listeners.delete(listener),
    heartbeat() {
      for (const { stream } of listeners) stream.send(heartbeatText());
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await ticking;
    },
  };
}
