/** Which faults a seed has, how often, and for how long: drawn once, so that some runs are quiet and some are wild. */
import type { ActionName } from '#engine/control.ts';
import type { Random } from '../random.ts';

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

/** What strikes now and then on its own. */
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
  /** Whether a newer build comes; undefined: now and then. */
  readonly rollsOut?: boolean;
  /** A fetch brings at most so many records: what belongs together comes apart. */
  readonly fetchMax?: number;
  /** How many times each order is meddled with at the most; undefined: now and then. */
  readonly meddling?: number;
  /** With what; undefined: everything people do. */
  readonly actions?: readonly ActionName[];
  /** All orders at once. */
  readonly rush?: boolean;
  /** These never strike. */
  readonly never?: readonly FaultEvent[];
  /** Nobody sees to what is stuck: the product must come to rest by itself. */
  readonly unattended?: boolean;
}

/** What days a scene has. */
export interface Plan {
  /** Those that are drawn, beside the ordinary ones. */
  readonly days: Readonly<Record<string, Day>>;
  /** Those set apart from the draw by their number. */
  readonly apart: ReadonlyArray<{ readonly every: number; readonly name: string; readonly day: Day }>;
  /** What may strike on its own on any day. */
  readonly drawn: readonly FaultEvent[];
}

/**
 * On every second day all is drawn. On the others one thing is at its worst, so that what takes two or three mishaps to
 * meet is not left to luck.
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
    meddling: 4,
  },
} as const satisfies Record<string, Day>;

/**
 * Some days are set apart from the draw, by their number, so that the others stay as they were.
 *
 * Losses: acknowledged records are lost, unread, and nobody is on call to cover it up. Only what is sent again brings such a
 * day to rest. Second thoughts: charges stay open, and are edited and retried while their time-outs are on the way.
 */
const APART: Plan['apart'] = [
  {
    every: 11,
    name: 'losses',
    day: {
      events: ['lostRecords', 'lostRecords', 'lostRecords', 'lostRecords'],
      never: ['poison'],
      meddling: 0,
      unattended: true,
    },
  },
  {
    every: 13,
    name: 'second thoughts',
    day: {
      rates: { gatewayAway: 0.6, delayedPublish: 0.3, crash: 0.005, standstill: 0 },
      meddling: 6,
      actions: ['edit', 'edit', 'retry'],
      rush: true,
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
  /** What strikes on its own, each as often as it is named. */
  readonly events: readonly FaultEvent[];
  /** Whether clocks are off. */
  readonly skews: boolean;
  /** Whether a newer build comes in the middle of it. */
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
    // A third of all runs know no fault of a kind; the others know it rarely, or often.
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
