/** The days of orders: each with one fault at its worst, beside those on which the seed draws all of them. */
import { type Day, EVENTS, type Plan, QUIET } from './faults.ts';

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

/** A day without any fault but its own, and without people: whatever goes wrong comes from that one. */
const ALONE = {
  rates: QUIET,
  never: EVENTS,
  rollsOut: false,
  actionsEach: 0,
  unattended: true,
  unhurried: true,
} as const satisfies Day;

const BLOCKED = {
  ...ALONE,
  orders: { least: 40, most: 100 },
  rush: false,
  lastMs: 80_000,
  blocks: true,
} as const satisfies Day;

/**
 * Some days are fixed by their seed's number, so that the draw of the others does not change.
 * Losses: brokers lose acknowledged records before they are read, and no operator helps. Only resending settles such
 * a day.
 * Money that comes back: refunds, disputes and people's acts at the gateway, which payment must find out.
 * Second thoughts: charges stay open, and people edit and retry them while their time-outs are on the way.
 * Gateway limits: the account takes so many calls a second, and nothing else goes wrong.
 * Blocked topic: partitions of a topic take nothing for a while, and nothing else goes wrong; also with time limits that are
 * shorter than the delay of the first resend.
 * Brake: a person holds one command of all sagas for a while, and people turn back some of those that it holds.
 * Late reservations: people edit orders whose reservation is lost, and inventory makes those that were given up after all, beside the
 * ones that replaced them.
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
      rates: {
        gatewayAway: 0.05,
        gatewaySlow: 0.4,
        gatewayAnswerLost: 0.1,
        crash: 0.01,
        delayedPublish: 0.1,
      },
      events: ['forgottenKeys', 'killed'],
      never: ['poison', 'lostTombstones'],
      actionsEach: 2,
      actions: ['compensate', 'cancel', 'skip', 'retry'],
      orders: { least: 8, most: 24 },
      plenty: true,
      rush: true,
      movesMoney: true,
    },
  },
  {
    every: 19,
    name: 'gateway limits',
    day: {
      ...ALONE,
      orders: { least: 10, most: 60 },
      plenty: true,
      rush: true,
      limitsCalls: true,
    },
  },
  {
    every: 23,
    name: 'blocked topic',
    day: BLOCKED,
  },
  { every: 29, name: 'blocked topic, short limits', day: { ...BLOCKED, unhurried: false } },
  {
    every: 31,
    name: 'brake',
    day: {
      rates: { duplicate: 0.1, lostAck: 0.1, crash: 0.005, delayedPublish: 0.1 },
      events: ['killed', 'offsetsReset'],
      never: ['poison', 'lostTombstones'],
      actionsEach: 1,
      actions: ['cancel', 'compensate'],
      brakes: true,
    },
  },
  {
    every: 37,
    name: 'late reservations',
    day: {
      ...ALONE,
      rates: { ...QUIET, duplicate: 0.1, delayedPublish: 0.05 },
      unattended: false,
      actionsEach: 2,
      actions: ['edit'],
      orders: { least: 8, most: 20 },
      plenty: true,
      rush: true,
      lateReservations: true,
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
