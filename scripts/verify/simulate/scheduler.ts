/**
 * The one scheduler: it alone decides what happens next, and lets nothing else happen meanwhile.
 *
 * An event is run to its end, with everything that follows from it without waiting, before the next one is taken. Of two
 * events of one instant chance says which comes first.
 */
import type { Random } from '../random.ts';

/** The life of a process, from its start to its end: what it has asked for dies with it. */
export interface Life {
  readonly name: string;
  alive: boolean;
  /** Until then it stands still, ms: stopped and woken later, it does not know that time has passed. */
  stoppedUntil: number;
}

/** Something that will happen, unless it is cancelled. */
export interface Entry {
  readonly atMs: number;
  readonly order: number;
  /** Whose it is; null: the world's. */
  readonly life: Life | null;
  readonly run: () => void | Promise<void>;
  cancelled: boolean;
}

/** More than this many events, and a run has no end. */
const MAX_EVENTS = 400_000;

/** Real, whatever is put into its place during a run. */
const { setImmediate: realImmediate } = globalThis;

export class Scheduler {
  nowMs: number;
  events = 0;
  /** Whose event is being run. */
  current: Life | null = null;
  readonly #random: Random;
  readonly #heap: Entry[] = [];

  constructor(random: Random, nowMs: number) {
    this.#random = random;
    this.nowMs = nowMs;
  }

  /** Has something happen in `delayMs`. */
  in(delayMs: number, life: Life | null, run: Entry['run']): Entry {
    const atMs = this.nowMs + Math.max(0, delayMs);
    const entry = { atMs, order: this.#random.next(), life, run, cancelled: false };
    this.#push(entry);
    return entry;
  }

  /** Runs what happens until `until`, or until nothing happens any more. */
  async runUntil(untilMs: number): Promise<void> {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pop();
      await this.#runOne(next);
    }
    this.nowMs = untilMs;
  }

  async #runOne(entry: Entry): Promise<void> {
    const { life } = entry;
    if (entry.cancelled || life?.alive === false) return;
    if (life !== null && life.stoppedUntil > entry.atMs) {
      this.#push({ ...entry, atMs: life.stoppedUntil });
      return;
    }
    this.nowMs = entry.atMs;
    if (++this.events > MAX_EVENTS) throw new Error(`more than ${MAX_EVENTS} events: it never comes to rest`);
    this.current = life;
    await entry.run();
    await new Promise<void>((resolve) => realImmediate(resolve));
    this.current = null;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(heap[parent] as Entry, entry)) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (before(last, heap[child] as Entry)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
