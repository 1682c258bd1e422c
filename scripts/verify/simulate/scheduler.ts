/**
 * The scheduler: it alone decides the next event, and nothing else runs meanwhile.
 * An event runs to its end, with every microtask that follows from it, before the next one starts. Chance orders two
 * events of the same instant.
 */
import type { Random } from '../random.ts';

/** The life of a process, from its start to its end: its scheduled events end with it. */
export interface Life {
  readonly name: string;
  alive: boolean;
  /** Frozen until then, ms: on waking it does not notice that time has passed. */
  stoppedUntil: number;
}

/** Something that will happen, unless it is cancelled. */
export interface Entry {
  readonly atMs: number;
  readonly order: number;
  /** The owner; null: the world. */
  readonly life: Life | null;
  readonly run: () => void | Promise<void>;
  cancelled: boolean;
}

/** More than this many events, and a run has no end. */
const MAX_EVENTS = 400_000;

/** The real function, which runs replace. */
const { setImmediate: realImmediate } = globalThis;

export class Scheduler {
  nowMs: number;
  events = 0;
  /** The owner of the running event. */
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

  /** Runs events until `until`, or until none is left. */
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
