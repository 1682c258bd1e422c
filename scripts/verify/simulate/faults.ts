/** Which faults a seed has, how often, and for how long: drawn once, so that some runs are quiet and some are wild. */
import type { ActionName } from '#engine/control.ts';
import type { Random } from '../random.ts';

/** Each the probability at the place of the fault. */
export const FAULTS = {
  /** A request to publish never reaches the broker, and the producer times out. */
  lostPublish: 0.2,
  /** The broker writes the record, the acknowledgement is lost, and the producer sends it again. */
  lostAck: 0.2,
  /** A record is written twice. */
  duplicate: 0.1,
  /** It takes seconds. */
  delayedPublish: 0.15,
  delayedFetch: 0.1,
  /** A statement fails before anything is done. */
  databaseAway: 0.08,
  /** The commit succeeds, and the caller gets an error. */
  unknownCommit: 0.08,
  slowDatabase: 0.05,
  /** A process crashes at one of the named points. */
  crash: 0.02,
  /** Between two statements a process stands still for longer than its session and its leases, then goes on. */
  standstill: 0.005,
  gatewayAway: 0.2,
  gatewaySlow: 0.1,
  /** The call is done, and its answer is lost. */
  gatewayAnswerLost: 0.15,
  mailServerAway: 0.2,
  /** A mail is put off. */
  mailDeferred: 0.1,
} as const;
export type Fault = keyof typeof FAULTS;

/** No fault by chance: what goes wrong is the day's own. */
export const QUIET = Object.fromEntries(Object.keys(FAULTS).map((fault) => [fault, 0])) as Record<Fault, 0>;

/** Faults that occur on their own, at drawn times. */
export const EVENTS = [
  'zombie',
  'offsetsReset',
  'rebalance',
  'killed',
  'poison',
  'forgottenKeys',
  'gatewayOutage',
  'lostTombstones',
  'lostRecords',
  'redisEmptied',
  'redisOutage',
  'redisRolledBack',
  'databaseRestored',
  'topicRecreated',
  'topicRecreatedAfterReset',
] as const;
export type FaultEvent = (typeof EVENTS)[number];

/** Whether a topic is another one afterwards. */
export function isRecreation(event: FaultEvent): boolean {
  return event === 'topicRecreated' || event === 'topicRecreatedAfterReset';
}

/** A kind of day: rates and events that are given and not drawn. */
export interface Day {
  readonly rates?: Partial<Record<Fault, number>>;
  readonly events?: readonly FaultEvent[];
  /** Only processes of this kind stand still of themselves. */
  readonly standing?: 'engine' | 'payment' | 'issuer';
  /** Rolls a newer build out during the day; undefined: drawn. */
  readonly rollsOut?: boolean;
  /** Bounds the records of a fetch, so that related records arrive apart. */
  readonly fetchMax?: number;
  /** The most actions people take on each order; undefined: drawn. */
  readonly actionsEach?: number;
  /** The actions people take; undefined: all of them. */
  readonly actions?: readonly ActionName[];
  /** All orders at once. */
  readonly rush?: boolean;
  /** Faults that this day excludes. */
  readonly never?: readonly FaultEvent[];
  /** Refunds are pending, fail, and fail late; others refund and dispute; webhooks are lost and doubled. */
  readonly movesMoney?: boolean;
  /** No operator handles stuck sagas: the product must settle by itself. */
  readonly unattended?: boolean;
  /** The saga's own time limits; without it short ones. */
  readonly unhurried?: boolean;
  /** The fewest and the most orders; undefined: some. */
  readonly orders?: { readonly least: number; readonly most: number };
  /** There is enough of everything, and nobody names a coupon. */
  readonly plenty?: boolean;
  /** When faults stop, ms since the beginning; undefined: drawn. */
  readonly lastMs?: number;
  /** Partitions of one topic take no message for a while. */
  readonly blocks?: boolean;
  /** A person holds one command of all sagas for a while. */
  readonly brakes?: boolean;
  /** Reservations are lost, replaced by others, and made after all as their orders are charged. */
  readonly lateReservations?: boolean;
  /** Partitions change hands between a backup of the database and its restore, and issuers run on through all of it. */
  readonly restoredUnnoticed?: boolean;
  /** The gateway's account takes a number of calls a second, and at times none. */
  readonly limitsCalls?: boolean;
}

/** The days of a scene. */
export interface Plan {
  /** Those that are drawn, beside the ordinary ones. */
  readonly days: Readonly<Record<string, Day>>;
  /** Those set apart from the draw by their number. */
  readonly apart: ReadonlyArray<{ readonly every: number; readonly name: string; readonly day: Day }>;
  /** Faults that may occur on any day. */
  readonly drawn: readonly FaultEvent[];
}

export class Faults {
  /** The kind of day. */
  readonly name: string;
  readonly day: Day;
  /** When faults stop, ms since the beginning. */
  readonly lastMs: number;
  readonly rates: Readonly<Record<Fault, number>>;
  /** The faults of this day, each as often as it occurs. */
  readonly events: readonly FaultEvent[];
  /** Processes have skewed clocks. */
  readonly skews: boolean;
  /** A newer build is rolled out during the day. */
  readonly rollsOut: boolean;
  active = true;
  readonly #random: Random;

  constructor(random: Random, seed: number, plan: Plan) {
    this.#random = random;
    const drawnDay = random.chance(0.5) ? 'ordinary' : random.pick(Object.keys(plan.days));
    const apart = plan.apart.find(({ every }) => seed % every === 0);
    this.name = apart?.name ?? drawnDay;
    this.day = apart?.day ?? plan.days[drawnDay] ?? {};
    this.skews = random.chance(0.4);
    const comes = random.chance(0.3);
    this.rollsOut = this.day.rollsOut ?? comes;
    const lastMs = random.between(10_000, 90_000);
    this.lastMs = this.day.lastMs ?? lastMs;
    // A third of all runs have no fault of a kind; the others have it rarely, or often.
    const rate = (most: number) => (random.chance(0.4) ? 0 : most * random.next() ** 2);
    const rates = Object.entries(FAULTS).map(([fault, most]) => [fault, rate(most)]);
    this.rates = { ...(Object.fromEntries(rates) as Record<Fault, number>), ...this.day.rates };
    const drawn = plan.drawn.flatMap((event) =>
      random.chance(0.5) ? Array.from({ length: 1 + random.below(3) }, () => event) : [],
    );
    const { never = [], events = [] } = this.day;
    this.events = [...drawn.filter((event) => !never.includes(event)), ...events];
  }

  occurs(fault: Fault): boolean {
    const rate = this.rates[fault];
    return this.active && rate > 0 && this.#random.chance(rate);
  }
}
