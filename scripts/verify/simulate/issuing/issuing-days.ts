/** The days of issuing, and their faults. */
import type { Plan } from '../faults.ts';

/** Half of the days are ordinary; on the others one thing is at its worst. */
export const ISSUING: Plan = {
  days: {
    ordinary: {},
    doubles: { rates: { duplicate: 0.25, lostAck: 0.25, slowDatabase: 0.1 }, fetchMax: 2, rush: true },
    standstills: {
      rates: { standstill: 0.05, crash: 0.005, duplicate: 0.05 },
      standing: 'issuer',
      fetchMax: 4,
      rush: true,
    },
    'no memory': { events: ['redisEmptied', 'redisOutage', 'redisRolledBack', 'redisEmptied'] },
    // Decided again, coupons go to others: several issuers, none of them in step.
    'back in time': {
      rates: { slowDatabase: 0.3, delayedFetch: 0.3 },
      events: ['databaseRestored', 'databaseRestored', 'offsetsReset'],
      rush: true,
    },
    // Partitions are taken away while records are held back and a transaction takes its time.
    'taken away': {
      rates: { slowDatabase: 0.5, delayedFetch: 0.1 },
      events: ['rebalance', 'rebalance', 'rebalance', 'rebalance', 'rebalance', 'offsetsReset'],
      fetchMax: 3,
    },
  },
  // Brokers lose acknowledged, unread requests: the issuer must record them, and their customers must get an answer.
  apart: [
    {
      every: 11,
      name: 'losses',
      day: {
        rates: { delayedFetch: 0.8, slowDatabase: 0.2 },
        events: ['lostRecords', 'lostRecords', 'lostRecords', 'lostRecords', 'lostRecords', 'lostRecords'],
      },
    },
  ],
  drawn: ['zombie', 'offsetsReset', 'rebalance', 'killed', 'poison', 'redisEmptied', 'redisOutage'],
};
