/** Which faults a seed has, how often, and for how long: drawn once, so that some runs are quiet and some are wild. */
import type { Random } from './random.ts';

/** Each a probability at the place where it may strike. */
export const FAULTS = {
  /** A request to publish never reaches the broker, and the producer hears of it. */
  lostPublish: 0.2,
  /** It is written, and the producer hears that it was not: it writes it again. */
  lostAck: 0.2,
  /** A record is written twice. */
  duplicate: 0.1,
  /** It takes seconds. */
  delayedPublish: 0.15,
  delayedFetch: 0.1,
  /** A statement fails before anything is done. */
  databaseAway: 0.08,
  /** It is done, and its caller hears that it failed. */
  unknownCommit: 0.08,
  slowDatabase: 0.05,
  /** A process dies at one of the named points. */
  crash: 0.02,
  gatewayAway: 0.2,
  gatewaySlow: 0.1,
  /** The call is done, and its answer is lost. */
  gatewayAnswerLost: 0.15,
  outletAway: 0.2,
  /** A mail is put off. */
  mailDeferred: 0.1,
} as const;
export type Fault = keyof typeof FAULTS;

/** What strikes now and then on its own. */
export const EVENTS = ['zombie', 'offsetsReset', 'rebalance', 'killed', 'poison', 'forgottenKeys'] as const;
export type FaultEvent = (typeof EVENTS)[number];

export class Faults {
  /** When faults stop, ms since the beginning. */
  readonly lastMs: number;
  readonly rates: Readonly<Record<Fault, number>>;
  readonly events: readonly FaultEvent[];
  active = true;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.lastMs = random.between(10_000, 90_000);
    // A third of all runs know no fault of a kind; the others know it rarely, or often.
    const rate = (most: number) => (random.chance(0.4) ? 0 : most * random.next() ** 2);
    const rates = Object.entries(FAULTS).map(([fault, most]) => [fault, rate(most)]);
    this.rates = Object.fromEntries(rates) as Record<Fault, number>;
    this.events = EVENTS.filter(() => random.chance(0.5));
  }

  strikes(fault: Fault): boolean {
    const rate = this.rates[fault];
    return this.active && rate > 0 && this.#random.chance(rate);
  }
}
