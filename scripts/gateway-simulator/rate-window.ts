/** Admits so many requests a second, as the gateway's rate limiter does: those of the last 1000 ms count. */
export class RateWindow {
  readonly #perSecond: number;
  #admitted: number[] = [];

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Whether a request at this time (ms) is within the limit; a refused one does not count. */
  admits(nowMs: number): boolean {
    this.#admitted = this.#admitted.filter((at) => at > nowMs - 1_000);
    if (this.#admitted.length >= this.#perSecond) return false;
    this.#admitted.push(nowMs);
    return true;
  }
}
