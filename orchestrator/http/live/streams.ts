/** The open streams of live events: their number is bounded, and each ends with its token, with its age, or with the process. */

import type { BatchStore } from '#orchestrator/store/batch-rows.ts';
import { type ConnectionLimits, connectionLimit } from '#platform/http/connection-limit.ts';
import type { EventStream } from '#platform/http/event-stream.ts';
import { Problem, tryAgain } from '#platform/http/problem.ts';
import { bearerOf, VIEWERS } from '#platform/http/resource.ts';
import type { Principal, Tokens } from '#platform/process/auth-tokens.ts';
import { type BatchListener, openBatchFeed } from './batch-feed.ts';
import type { ListListener, SagaListener } from './deliver.ts';
import { type FeedParts, openFeed } from './feed.ts';
import { liveStreams, liveStreamsCut } from './metrics.ts';

/** The longest life of a stream: its client connects again with the token that it has then. */
const AGE_MAX_MS = 3_600_000;
const HEARTBEAT_MS = 15_000;
/** How often the streams' tokens are verified again. */
const VERIFY_EVERY_MS = 1_000;
/** How long a process that closes waits for its streams' ends. */
const CLOSE_WITHIN_MS = 1_000;
const RETRY_AFTER_S = 5;

export interface LiveStreams {
  /**
   * Opens a stream of one saga's moves after a version.
   * @throws Problem `overloaded`, `too-many-requests` or `unavailable`, before `open` is called
   */
  saga(
    request: { readonly principal: Principal; readonly sagaId: string; readonly version: number },
    open: () => EventStream,
    begin: (stream: EventStream) => void,
  ): void;
  /** Opens a stream of a list; throws as `saga` does. */
  list(
    request: { readonly principal: Principal } & Pick<
      ListListener,
      'filter' | 'wantsMoves' | 'wantsCounts' | 'position'
    >,
    open: () => EventStream,
  ): void;
  /** Opens a stream of a batch's progress after an event; throws as `saga` does. */
  batch(
    request: { readonly principal: Principal } & Pick<BatchListener, 'batchId' | 'lastId'>,
    open: () => EventStream,
  ): void;
  /** Refuses new streams, and ends the open ones. */
  close(): Promise<void>;
}

/** Opens without streams. */
export function openLiveStreams(
  parts: FeedParts & {
    readonly batches: Pick<BatchStore, 'withProgress'>;
    readonly tokens: Tokens;
    readonly limits: Pick<ConnectionLimits, 'all'> & { readonly each: number };
  },
): LiveStreams {
  const { tokens, now } = parts;
  const { all, each } = parts.limits;
  const connections = connectionLimit({ all, customer: each, service: each });
  const feed = openFeed(parts);
  const batches = openBatchFeed(parts);
  const opened = new Map<EventStream, number>();
  let isClosing = false;

  const cut = (stream: EventStream, reason: string) => {
    liveStreamsCut.inc({ reason });
    stream.end(reason);
  };
  const acquire = (principal: Principal) => {
    if (isClosing) throw tryAgain('unavailable', 'This process is shutting down', 1);
    const slot = connections.acquire(principal);
    if (slot === 'full') throw tryAgain('overloaded', 'No more streams can be opened', RETRY_AFTER_S);
    if (slot === 'too-many')
      throw tryAgain('too-many-requests', `You have ${each} streams open: close one first`, RETRY_AFTER_S);
  };
  const track = (stream: EventStream, remove: () => void) => {
    opened.set(stream, now());
    liveStreams.set(opened.size);
    stream.onClosed((wasSlow) => {
      if (wasSlow) liveStreamsCut.inc({ reason: 'too-slow' });
      remove();
      connections.release(stream.principal);
      opened.delete(stream);
      liveStreams.set(opened.size);
    });
  };

  let isVerifying = false;
  const verify = async () => {
    if (isVerifying) return;
    isVerifying = true;
    for (const [stream, openedAt] of opened) {
      if (now() - openedAt > AGE_MAX_MS) cut(stream, 'too-old');
      else if (!(await stillCounts(tokens, stream))) cut(stream, 'token-ended');
    }
    isVerifying = false;
  };
  const verifying = setInterval(() => void verify(), VERIFY_EVERY_MS);
  const beating = setInterval(() => {
    feed.heartbeat();
    batches.heartbeat();
  }, HEARTBEAT_MS);

  return {
    saga({ principal, sagaId, version }, open, begin) {
      acquire(principal);
      const stream = open();
      const listener: SagaListener = { stream, sagaId, version, hasCaughtUp: false };
      track(stream, () => feed.remove(listener));
      begin(stream);
      feed.addSaga(listener);
    },
    list({ principal, ...wanted }, open) {
      acquire(principal);
      const stream = open();
      const listener: ListListener = { stream, ...wanted, hasCaughtUp: false, counted: '' };
      track(stream, () => feed.remove(listener));
      feed.addList(listener);
    },
    batch({ principal, ...wanted }, open) {
      acquire(principal);
      const stream = open();
      const listener: BatchListener = { stream, ...wanted };
      track(stream, () => batches.remove(listener));
      batches.add(listener);
    },
    async close() {
      isClosing = true;
      clearInterval(verifying);
      clearInterval(beating);
      await Promise.all([feed.close(), batches.close()]);
      const streams = [...opened.keys()];
      const closed = streams.map((one) => new Promise<void>((resolve) => one.onClosed(() => resolve())));
      for (const stream of streams) cut(stream, 'shutting-down');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_WITHIN_MS);
      });
      await Promise.race([Promise.all(closed), late]);
      clearTimeout(timer);
    },
  };
}

/** Whether a stream's token still counts; while nobody can know, it does: its age bounds it. */
async function stillCounts(tokens: Tokens, { authorization }: EventStream): Promise<boolean> {
  try {
    await bearerOf(tokens, authorization, VIEWERS);
    return true;
  } catch (error) {
    return !(error instanceof Problem);
  }
}
