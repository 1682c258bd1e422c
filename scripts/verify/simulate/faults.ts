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
] as const;
export type FaultEvent = (typeof EVENTS)[number];

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

/**
 * On every second day all rates are drawn. On the others one fault is at its worst, so that coincidences of two or
 * three faults do not depend on luck.
 */
const DAYS = {
  ordinary: {},
  doubles: { rates: { duplicate: 0.25, lostAck: 0.25, slowDatabase: 0.1 }, fetchMax: 2, rush: true },
  standstills: {
    rates: { standstill: 0.03, crash: 0.005, duplicate: 0.05 },
    standing: 'engine',
    rollsOut: true,
    fetchMax: 4,
  },
  'money lastFailure': {
    rates: { gatewayAway: 0.2, gatewaySlow: 0.2, gatewayAnswerLost: 0.5, standstill: 0.1, crash: 0.01 },
    standing: 'payment',
    events: ['gatewayOutage', 'forgottenKeys'],
    rush: true,
  },
  'changes of mind': {
    rates: { delayedPublish: 0.15, delayedFetch: 0.1 },
    events: ['lostTombstones', 'offsetsReset'],
    actionsEach: 4,
  },
} as const satisfies Record<string, Day>;

/**
 * Some days are fixed by their seed's number, so that the draw of the others does not change.
 * Losses: brokers lose acknowledged records before they are read, and no operator helps. Only resending settles such
 * a day.
 * Money that comes back: refunds, disputes and people's acts at the gateway, which payment must find out.
 * Second thoughts: charges stay open, and people edit and retry them while their time-outs are on the way.
 */
const APART: Plan['apart'] = [
  {
    every: 11,
    name: 'losses',
    day: {
      events: ['lostRecords', 'lostRecords', 'lostRecords', 'lostRecords'],
      never: ['poison'],
      actionsEach: 0,
      unattended: true,
    },
  },
  {
    every: 13,
    name: 'second thoughts',
    day: {
      rates: { gatewayAway: 0.6, delayedPublish: 0.3, crash: 0.005, standstill: 0 },
      actionsEach: 6,
      actions: ['edit', 'edit', 'retry'],
      rush: true,
    },
  },
  {
    every: 17,
    name: 'money that comes back',
    day: {
      rates: { gatewayAway: 0.05, gatewayAnswerLost: 0.1, crash: 0.01, delayedPublish: 0.1 },
      events: ['forgottenKeys', 'killed'],
      never: ['poison', 'lostTombstones'],
      actionsEach: 2,
      actions: ['compensate', 'cancel', 'skip', 'retry'],
      rush: true,
      movesMoney: true,
    },
  },
];

/** The days of orders. */
export const ORDERS: Plan = {
  days: DAYS,
  apart: APART,
  drawn: [
    'zombie',
    'offsetsReset',
    'rebalance',
    'killed',
    'poison',
    'forgottenKeys',
    'gatewayOutage',
    'lostTombstones',
  ],
};

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
    this.lastMs = random.between(10_000, 90_000);
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
