/**
 * A day on which partitions of one topic take no message for a while. Judges that whoever does not need them is not held
 * up: orders end in their usual time, and a round of the sweeper does.
 */
import { LEAVE_AFTER_MS } from '#platform/batching/publication.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { CHANNELS, TOPICS } from '#protocol/topics.ts';
import type { Life } from './scheduler.ts';
import { BEGIN_MS, MOST_SKEW_MS, type World } from './world.ts';

/** The topics that orders go through, each with as many partitions. */
const ORDER_TOPICS = TOPICS.filter(
  ({ flow, partitions }) => flow === 'orders' && partitions === SAGA_PARTITIONS,
).map(({ name }) => name);
/** Orders take about two seconds; a batch that waits for a blocked partition may delay the next one for a second. */
const USUAL_MS = 6_000;
/** A round of the sweeper: what the brokers do not acknowledge is left, and the rest takes moments. */
const ROUND_MS = LEAVE_AFTER_MS + 1_000;

export class BlockedPartitions {
  readonly #world: World;
  readonly #topic: string;
  readonly #partitions: ReadonlySet<number>;
  readonly #fromMs: number;
  readonly #toMs: number;
  /** Orders with a message that was refused. */
  readonly #needing = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    const { random, story } = world;
    // Only some orders need the topic of coupons: it may be blocked whole.
    this.#topic = random.chance(0.2) ? CHANNELS.coupon : random.pick(ORDER_TOPICS);
    const all = Array.from({ length: SAGA_PARTITIONS }, (_, partition) => partition);
    const some = new Set(Array.from({ length: 1 + random.below(5) }, () => random.pick(all)));
    this.#partitions = this.#topic === CHANNELS.coupon ? new Set(all) : some;
    this.#fromMs = BEGIN_MS + random.between(1_000, 15_000);
    this.#toMs = this.#fromMs + random.between(20_000, 60_000);
    const [from, to] = [this.#fromMs, this.#toMs].map((ms) => ((ms - BEGIN_MS) / 1000).toFixed(1));
    story.add(
      'broker',
      `${this.#topic}/${[...this.#partitions].join()} will take nothing from ${from} to ${to} s`,
    );
  }

  /** Whether a partition refuses messages that are sent to it now. */
  refuses(topic: string, partition: number, messages: readonly OutMessage[]): boolean {
    const { nowMs, faults } = this.#world;
    const isOn = faults.active && nowMs >= this.#fromMs && nowMs < this.#toMs;
    if (!isOn || topic !== this.#topic || !this.#partitions.has(partition)) return false;
    for (const { key } of messages) this.#needing.add(key);
    return true;
  }

  /** Judges a message about to be written. @returns the violation, or null */
  judge({ topic, key }: OutMessage): string | null {
    if (topic !== 'order-completed' && topic !== 'order-failed') return null;
    if (this.#needing.has(key)) return null;
    // An order's id begins with the time at which it was placed, by the clock of its API.
    const placedAt = Number.parseInt(key.replace('-', '').slice(0, 12), 16);
    const tookMs = this.#world.nowMs - placedAt - MOST_SKEW_MS;
    return tookMs > USUAL_MS
      ? `a blocked partition holds others up: ${key} took ${Math.round(tookMs)} ms`
      : null;
  }

  /** Judges a round of a sweeper. */
  judgeRound(life: Life, tookMs: number): void {
    if (tookMs > ROUND_MS)
      this.#world.wrong.push(
        `a blocked partition holds others up: a round of ${life.name} took ${Math.round(tookMs)} ms`,
      );
  }
}
