/** A member of a consumer group: a process's production batch loop, and the group's view of it. */

import type { Merged } from '#platform/kafka/batch-consumer.ts';
import { type BatchLoop, batchLoop, type HandleRecords, type ReadTo } from '#platform/kafka/batch-loop.ts';
import { type MergedReader, mergedReader } from '#platform/kafka/merged-consumer.ts';
import { handleConfirmed, type TopicWatch, watchTopic } from '#platform/kafka/topic-watch.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { placeOf } from './bus.ts';
import { isRecreation } from './faults.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** A batch is at most so long: short, so that sagas meet in few and are spread over many. */
export const BATCH_MAX = 20;

export interface ConsumerOptions {
  readonly handle: HandleRecords;
  readonly concurrency?: number;
  readonly paused?: () => boolean;
  /** The most records of the next batch where that is fewer. */
  readonly room?: () => number;
  /** True for an error with which a process may end itself. */
  readonly mayEndOf?: (error: unknown) => boolean;
  /** Starts at given offsets, and reads its one topic in the order of its records' times. */
  readonly merged?: Merged;
}

/** A process's membership. */
export interface Member {
  readonly life: Life;
  readonly options: ConsumerOptions;
  readonly loop: BatchLoop;
  readonly reader: MergedReader | null;
  /** Null on days on which no topic is recreated: the brokers would confirm whatever is read. */
  readonly watch: TopicWatch | null;
  generation: number;
  /** Partition numbers, of every topic of the group. */
  owned: readonly number[];
  /** The next offset to fetch, in the log that is there. */
  readonly positions: Map<string, number>;
  /** Partitions of which the loop fetches no more. */
  readonly held: Set<string>;
  /** Waits for records. */
  waiting: ((records: InRecord[]) => void) | null;
  /** The most records that it waits for. */
  most: number;
  fetching: boolean;
  isReady: boolean;
  lastCommitAt: number;
}

/** The group's side of a member's loop. */
export interface GroupPort {
  readonly read: (max: number) => Promise<InRecord[]>;
  /** The identities that the brokers report of the group's one topic. */
  readonly topicIds: () => Promise<Array<string | null>>;
  /** The end of a partition of the group's one topic. */
  readonly endOf: (partition: number) => number;
  readonly commit: (offsets: readonly ReadTo[]) => void;
  /** A held partition may be fetched again. */
  readonly onResumed: () => void;
}

/** A member that has joined and been given nothing. Its loop is still to be started. */
export function newMember(
  world: World,
  life: Life,
  options: ConsumerOptions,
  { read, topicIds, endOf, commit, onResumed }: GroupPort,
): Member {
  const held = new Set<string>();
  const log = world.log(life);
  const endOfLog = (reason: string) => {
    world.kill(life, reason);
    throw new Error(reason);
  };
  const reader = options.merged === undefined ? null : mergedReader(read, endOf, endOfLog);
  const isWatched = options.merged !== undefined && world.faults.day.events?.some(isRecreation) === true;
  const watch = isWatched
    ? watchTopic({ reader: { topicIds }, topic: 'its topic', onReplaced: endOfLog, log })
    : null;
  const loop = batchLoop({
    consume: reader?.consume ?? read,
    commit,
    pause: (partition) => void held.add(placeOf(partition.topic, partition.partition)),
    resume(partition) {
      held.delete(placeOf(partition.topic, partition.partition));
      onResumed();
    },
    handle: watch === null ? options.handle : handleConfirmed(options.handle, watch),
    batchMax: BATCH_MAX,
    ...(options.room && { room: options.room }),
    concurrency: options.concurrency ?? 1,
    fail: (what, error) => {
      if (!options.mayEndOf?.(error))
        world.wrong.push(`${life.name}: ${what}: ${error instanceof Error ? error.stack : String(error)}`);
      world.kill(life, `${what}: ${String(error)}`);
    },
    log,
  });
  return {
    life,
    options,
    loop,
    reader,
    watch,
    held,
    generation: -1,
    owned: [],
    positions: new Map(),
    waiting: null,
    most: BATCH_MAX,
    fetching: false,
    isReady: false,
    lastCommitAt: 0,
  };
}
