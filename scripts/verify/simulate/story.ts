/** The story of a run, for a person to read: one line an event, with its time since the beginning and its owner. */
import { createHash } from 'node:crypto';

export interface Line {
  /** Since the beginning, ms. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

export class Story {
  readonly lines: Line[] = [];
  readonly #now: () => number;
  readonly #startedAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  add(who: string, what: string): void {
    this.lines.push({ atMs: this.#now() - this.#startedAt, who, what });
  }

  /** All of it; the ids of orders are written as their short names. */
  text(names: ReadonlyMap<string, string> = new Map()): string {
    const plain = this.lines
      .map(({ atMs, who, what }) => `${(atMs / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(16)} ${what}`)
      .join('\n');
    return [...names].reduce((text, [id, name]) => text.replaceAll(id, name), plain);
  }

  /** The same story has the same hash. */
  hash(): string {
    return createHash('sha256').update(this.text()).digest('hex').slice(0, 16);
  }
}
