/**
 * The offsets of a consumer group, as indexes of the bus's logs, by place: committed, handed out, and the furthest ever. A
 * member's own position is an offset, as the real client has it: in another log under the topic's name it goes on there.
 */
import type { AssignedPartition } from '#platform/kafka/batch-consumer.ts';
import type { TimedOffset } from '#platform/kafka/brokers.ts';
import type { InRecord } from '#protocol/envelope.ts';
import type { Random } from '../random.ts';
import { type Bus, placeOf } from './bus.ts';

export class GroupOffsets {
  readonly #bus: Bus;
  readonly #committed = new Map<string, number>();
  /** The furthest offset ever handed to a process. */
  readonly #handedOut = new Map<string, number>();
  /** The furthest offset ever committed, resets notwithstanding. */
  readonly furthest = new Map<string, number>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** A partition as the brokers describe it to a member. */
  describe(topic: string, partition: number): AssignedPartition {
    const place = placeOf(topic, partition);
    const base = this.#bus.base(place);
    const committed = this.#committed.get(place);
    return {
      partition,
      committed: committed === undefined ? null : committed - base,
      logStart: this.#bus.startOf(place) - base,
      logEnd: this.#bus.log(place).length - base,
      topicId: `${topic} ${this.#bus.logNumber(place, base)}`,
    };
  }

  /** The first readable record with this timestamp or a later one. */
  firstSince(topic: string, partition: number, since: Date): TimedOffset | null {
    const place = placeOf(topic, partition);
    return (
      this.#bus
        .log(place)
        .slice(this.#bus.startOf(place))
        .find(({ timestamp }) => timestamp >= since.getTime()) ?? null
    );
  }

  /** The index of an offset of the present log, which a member of the last one may not know. */
  indexOf(place: string, offset: number): number {
    return Math.min(this.#bus.base(place) + offset, this.#bus.log(place).length);
  }

  /**
   * Takes up to `most` available records: places in any order, each place in its own.
   * @param positions a member's next offsets in the logs, which move on
   */
  fetch(places: readonly string[], positions: Map<string, number>, most: number, random: Random): InRecord[] {
    const records: InRecord[] = [];
    const next = (place: string) => this.next(place, positions.get(place));
    const available = places.filter((place) => this.#bus.log(place).length > next(place));
    while (available.length > 0 && records.length < most) {
      const [place = ''] = available.splice(random.below(available.length), 1);
      const from = next(place);
      const some = this.#bus.log(place).slice(from, from + most - records.length);
      positions.set(place, from + some.length - this.#bus.base(place));
      this.#handedOut.set(place, Math.max(from + some.length, this.#handedOut.get(place) ?? 0));
      records.push(...some);
    }
    return records;
  }

  /** The position: the committed offset, or the log's start where that is later. */
  readTo(place: string): number {
    return Math.max(this.#committed.get(place) ?? 0, this.#bus.startOf(place));
  }

  /**
   * The index of the next record for a member with this position; undefined: it has fetched nothing yet. A position that
   * the present log does not reach is out of range, and reading begins at the log's start.
   */
  next(place: string, position: number | undefined): number {
    const start = this.#bus.startOf(place);
    if (position === undefined) return Math.max(this.#committed.get(place) ?? 0, start);
    const index = this.#bus.base(place) + position;
    return index > this.#bus.log(place).length ? start : Math.max(index, start);
  }

  /** True when records were handed to a process and are not committed. */
  hasUnderWay(place: string): boolean {
    return (this.#handedOut.get(place) ?? 0) > this.readTo(place);
  }

  commit(place: string, offset: number): void {
    this.#committed.set(place, offset);
    this.furthest.set(place, Math.max(offset, this.furthest.get(place) ?? 0));
  }

  /** Sets the committed offset to where a member starts. */
  setBack(place: string, offset: number): void {
    this.#committed.set(place, offset);
  }

  /** The topic is deleted, and its committed offsets with it. */
  forget(place: string): void {
    this.#committed.delete(place);
  }

  /** Loses the committed offsets. */
  reset(): void {
    this.#committed.clear();
  }
}
