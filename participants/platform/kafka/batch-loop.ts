/**
 * Handles batches, and commits their offsets once their messages are published. It depends on no Kafka client.
 *
 * Two stages overlap: while one batch is being published, the loop reads and handles the next. It commits each partition's
 * offsets in order, never past a record whose messages are in flight, and never for a batch that outlived its assignment:
 * the broker would accept them and set another owner back.
 *
 * Messages that the brokers do not acknowledge hold the offsets of the partitions whose records they follow from, and nothing
 * else: the loop goes on with all partitions, and pauses one only when too much waits behind such a record.
 */
import type { InRecord } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { type LingerLimits, type LingerLoad, lingerMs, observeBatch } from '../batching/linger.ts';
import { settlesWithin } from '../batching/publication.ts';
import type { Logger } from '../process/log.ts';
import { Gauge, registry } from '../process/metrics.ts';
import type { TopicPartition } from './brokers.ts';
import { placeOf, type ReadTo, type Shares, uncommittedRecords } from './uncommitted.ts';

const lingered = new Gauge({
  name: 'kafka_consumer_linger_seconds',
  help: 'How long the consumer last waited for more records: 0 when idle, more when busy',
  registers: [registry],
});

/** How long giving partitions up may wait for batches in flight. */
const DRAIN_MS = 5_000;
/** Batches that may be publishing at once. */
const MAX_PUBLISHING = 4;
/** The loop merges offset commits closer together than this: each is a write at the broker. */
const COMMIT_EVERY_MS = 100;
const PAUSE_AFTER_FAILURE_MS = 100;
/** A batch that is not published after this is held: the next ones go on without it. */
const HOLD_AFTER_MS = 1_000;
/** The most records of a partition that may wait behind a held one: they are read again after a crash. */
export const HELD_MAX = 2_000;

/** A batch whose decision is durable. */
export interface HandledBatch {
  /** Resolves when its messages are acknowledged, or left to what sends them again. */
  readonly published: Promise<void>;
  /** The partitions (`topic/partition`) of the records whose messages are missing; all of the batch without it. */
  readonly unpublished?: () => ReadonlySet<string>;
  /** Leaves the messages that something durable sends again. */
  readonly leave?: () => void;
}

/**
 * Handles one batch. Resolves when its transaction is durable. It retries transient failures itself. A rejection is a defect
 * and ends the process.
 */
export type HandleRecords = (records: readonly InRecord[]) => Promise<HandledBatch>;

export type { ReadTo } from './uncommitted.ts';

export interface BatchLoopParts {
  /** The next records, at most `max`; none when none arrived for a while. */
  readonly consume: (max: number) => Promise<InRecord[]>;
  readonly commit: (offsets: readonly ReadTo[]) => void;
  readonly handle: HandleRecords;
  /** Fetches no more of a partition, until it is resumed or given up. */
  readonly pause: (partition: TopicPartition) => void;
  readonly resume: (partition: TopicPartition) => void;
  readonly batchMax: number;
  /** The most records of the next batch where that is fewer, at least 1. */
  readonly room?: () => number;
  /** Batches handled at once. */
  readonly concurrency: number;
  /** How long records may linger before they are taken; `HOP_LINGER` without it. */
  readonly linger?: LingerLimits;
  /** How short the CPU is, from 0 to 1: the share of the linger; 1 without it. */
  readonly cpuShortage?: () => number;
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
  const uncommitted = uncommittedRecords();
  const paused = new Map<string, TopicPartition>();

  const drained = () =>
    Promise.race([inFlight, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);

  async function run(): Promise<void> {
    let load: LingerLoad = { perSecond: 0, at: performance.now() };
    let wasFull = false;
    while (!closing) {
      while (handling >= concurrency || publishing >= MAX_PUBLISHING)
        await new Promise<void>((resolve) => (wake = resolve));
      // After a full batch more records are waiting already; lingering would only delay them.
      const pause = wasFull ? 0 : lingerMs(load, parts.linger, parts.cpuShortage?.());
      lingered.set(pause / 1000);
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
        log.throttled('kafka-consume', 'kafka-consume-failed', { error: messageOf(error) });
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

  /** Handles a batch, and commits its partitions' offsets as their messages are acknowledged. */
  async function take(records: InRecord[], previous: Promise<void>, finished: () => void): Promise<void> {
    const batchEpoch = epoch;
    const shares = uncommitted.add(records);
    handling += 1;
    try {
      const handled = await parts.handle(records);
      handling -= 1;
      publishing += 1;
      wake?.();
      const isPublished = await settlesWithin(handled.published, HOLD_AFTER_MS);
      publishing -= 1;
      void previous.then(finished);
      wake?.();
      if (!isPublished) await hold(handled, shares, batchEpoch);
      if (batchEpoch === epoch) commitDone(shares, shares.keys());
    } catch (error) {
      parts.fail('handling a batch failed', error);
    }
  }

  /** Waits for a held batch, and meanwhile commits the partitions that it holds no more. */
  async function hold(handled: HandledBatch, shares: Shares, batchEpoch: number): Promise<void> {
    do {
      if (batchEpoch !== epoch) return;
      const places = [...shares.keys()];
      const isTooMuch = (place: string) => uncommitted.waiting(place) > HELD_MAX;
      if (places.some((place) => held(handled, place) && isTooMuch(place))) handled.leave?.();
      commitDone(
        shares,
        places.filter((place) => !held(handled, place)),
      );
      for (const place of places.filter((one) => held(handled, one) && isTooMuch(one) && !paused.has(one))) {
        log.throttled('kafka-held', 'partition-paused', {
          partition: place,
        });
        const partition = partitionOf(place);
        paused.set(place, partition);
        parts.pause(partition);
      }
    } while (!(await settlesWithin(handled.published, HOLD_AFTER_MS)));
  }

  function commitDone(shares: Shares, places: Iterable<string>): void {
    commits.add(uncommitted.done(shares, places));
    for (const [place, partition] of paused) {
      if (uncommitted.waiting(place) > HELD_MAX / 2) continue;
      paused.delete(place);
      parts.resume(partition);
    }
  }

  /** Gives up what is uncommitted: it belongs to an assignment that has ended. */
  function nextEpoch(): void {
    epoch += 1;
    uncommitted.clear();
    paused.clear();
  }

  return {
    start() {
      running = run().catch((error) => parts.fail('the batch loop failed', error));
    },
    assigned: nextEpoch,
    async giveUp(lost) {
      if (!lost) {
        await drained();
        commits.flush();
      }
      commits.discard();
      nextEpoch();
    },
    async close() {
      closing = true;
      await running;
      await drained();
      commits.flush();
      nextEpoch();
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
    add(offsets: readonly ReadTo[]) {
      if (offsets.length === 0) return;
      for (const one of offsets) pending.set(placeOf(one), one);
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

function partitionOf(place: string): TopicPartition {
  const at = place.lastIndexOf('/');
  return { topic: place.slice(0, at), partition: Number(place.slice(at + 1)) };
}

/** Whether a batch's messages of a partition are missing. */
function held({ unpublished }: HandledBatch, place: string): boolean {
  return unpublished?.().has(place) ?? true;
}
