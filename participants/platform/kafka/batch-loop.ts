/**
 * Handles batches, and commits their offsets once their messages are published. It depends on no Kafka client.
 *
 * Two stages overlap: while one batch is being published, the loop reads and handles the next. It commits offsets in the
 * order of the batches, never past a batch in flight, and never for a batch that outlived its assignment: the broker
 * would accept them and set another owner back.
 */
import type { InRecord } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { type LingerLimits, type LingerLoad, lingerMs, observeBatch } from '../batching/linger.ts';
import type { Logger } from '../process/log.ts';

/** How long giving partitions up may wait for batches in flight. */
const DRAIN_MS = 5_000;
/** Batches that may be publishing at once. */
const MAX_PUBLISHING = 4;
/** The loop merges offset commits closer together than this: each is a write at the broker. */
const COMMIT_EVERY_MS = 100;
const PAUSE_AFTER_FAILURE_MS = 100;

/**
 * Handles one batch. Resolves when its transaction is durable; `published` resolves when its messages are acknowledged.
 * It retries transient failures itself. A rejection is a defect and ends the process.
 */
export type HandleRecords = (records: readonly InRecord[]) => Promise<{ published: Promise<void> }>;

/** How far a group has read a partition: the offset of the next record. */
export interface ReadTo {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface BatchLoopParts {
  /** The next records, at most `max`; none when none arrived for a while. */
  readonly consume: (max: number) => Promise<InRecord[]>;
  readonly commit: (offsets: readonly ReadTo[]) => void;
  readonly handle: HandleRecords;
  readonly batchMax: number;
  /** The most records of the next batch where that is fewer, at least 1. */
  readonly room?: () => number;
  /** Batches handled at once. */
  readonly concurrency: number;
  /** How long records may linger before they are taken; `HOP_LINGER` without it. */
  readonly linger?: LingerLimits;
  /** Called before each `consume`. */
  readonly beforeConsume?: () => void;
  /** Ends the process. */
  readonly fail: (what: string, error: unknown) => void;
  readonly log: Logger;
}

export interface BatchLoop {
  start(): void;
  /** Begins another assignment: batches in flight belong to the last one. */
  assigned(): void;
  /** Gives all partitions up. `lost`: another member owns them already, so the loop neither waits nor commits. */
  giveUp(lost: boolean): Promise<void>;
  /** Reads no more, finishes the batches in flight, commits. */
  close(): Promise<void>;
}

export function batchLoop(parts: BatchLoopParts): BatchLoop {
  const { concurrency, batchMax, log } = parts;
  let epoch = 0;
  let closing = false;
  let handling = 0;
  let publishing = 0;
  let inFlight: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  let wake: (() => void) | null = null;
  const commits = offsetCommits(parts.commit);

  const drained = () =>
    Promise.race([inFlight, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);

  async function run(): Promise<void> {
    let load: LingerLoad = { perSecond: 0, at: performance.now() };
    let wasFull = false;
    while (!closing) {
      while (handling >= concurrency || publishing >= MAX_PUBLISHING)
        await new Promise<void>((resolve) => (wake = resolve));
      // After a full batch more records are waiting already; lingering would only delay them.
      const pause = wasFull ? 0 : lingerMs(load, parts.linger);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      // With the batches before it handled: they may have filled what the handler has room for.
      parts.beforeConsume?.();
      const max = Math.min(batchMax, parts.room?.() ?? batchMax);
      const previous = inFlight;
      let finished = () => {};
      // In flight before consume(): a revocation that arrives inside it must wait for the batch it returns.
      inFlight = new Promise((resolve) => (finished = resolve));
      let records: InRecord[];
      try {
        records = await parts.consume(max);
      } catch (error) {
        log.throttled('kafka-consume', 'consume failed, trying again', { error: messageOf(error) });
        records = [];
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
      }
      load = observeBatch(load, records.length, performance.now());
      wasFull = records.length >= max;
      if (records.length === 0) {
        void previous.then(finished);
        continue;
      }
      void take(records, previous, finished);
    }
  }

  /** Handles a batch, and commits it once this batch and all before it are published. */
  async function take(records: InRecord[], previous: Promise<void>, finished: () => void): Promise<void> {
    const batchEpoch = epoch;
    handling += 1;
    try {
      const { published } = await parts.handle(records);
      handling -= 1;
      publishing += 1;
      wake?.();
      await Promise.all([previous, published]);
      if (batchEpoch === epoch) commits.add(records);
      publishing -= 1;
      finished();
      wake?.();
    } catch (error) {
      parts.fail('handling a batch failed', error);
    }
  }

  return {
    start() {
      running = run().catch((error) => parts.fail('the batch loop failed', error));
    },
    assigned() {
      epoch += 1;
    },
    async giveUp(lost) {
      if (!lost) {
        await drained();
        commits.flush();
      }
      commits.discard();
      epoch += 1;
    },
    async close() {
      closing = true;
      await running;
      await drained();
      commits.flush();
    },
  };
}

/** Collects the offsets to commit, the highest per partition, and commits at most ten times a second. */
function offsetCommits(send: (offsets: ReadTo[]) => void) {
  let pending = new Map<string, ReadTo>();
  let timer: NodeJS.Timeout | null = null;
  let lastAt = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pending.size === 0) return;
    lastAt = performance.now();
    const offsets = [...pending.values()];
    pending = new Map();
    send(offsets);
  };
  return {
    add(records: readonly InRecord[]) {
      for (const { topic, partition, offset } of records) {
        pending.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
      }
      const wait = lastAt + COMMIT_EVERY_MS - performance.now();
      if (wait <= 0) flush();
      else timer ??= setTimeout(flush, wait);
    },
    flush,
    /** Drops offsets of partitions given up: another member handles those records again. */
    discard() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      pending = new Map();
    },
  };
}
