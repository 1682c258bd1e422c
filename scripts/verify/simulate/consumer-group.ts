/** The brokers' side of a consumer group. */
import type { Life } from './scheduler.ts';

export interface ConsumerGroup {
  readonly topics: readonly string[];
  /** The furthest offset ever committed, by place, resets notwithstanding. */
  readonly furthest: ReadonlyMap<string, number>;
  /** The position: the committed offset, or the log's start where that is later. */
  readTo(place: string): number;
  /** True when records were handed to a process and are not committed. */
  hasUnderWay(place: string): boolean;
  /** A record was written into a partition. */
  written(partition: number): void;
  /** Removes a dead process when its session ends. */
  died(life: Life): void;
  /** Evicts a process that stood still for longer than its session. */
  putOut(life: Life): void;
  /** Loses the group's offsets: it starts again at the logs' start. */
  reset(): void;
  /** Revokes all partitions, and assigns them anew. */
  rebalance(why: string): void;
  /** A partition's topic is deleted, and the committed offsets with it. */
  forget(place: string): void;
}
