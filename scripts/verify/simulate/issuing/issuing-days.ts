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
  apart: [
    // Brokers lose acknowledged, unread requests: the issuer must record them, and their customers must get an answer.
    {
      every: 7,
      name: 'another log',
      day: {
        rates: { delayedFetch: 0.3, slowDatabase: 0.2 },
        events: ['topicRecreated', 'rebalance', 'killed'],
        never: ['offsetsReset'],
      },
    },
    {
      every: 11,
      name: 'losses',
      day: {
        rates: { delayedFetch: 0.8, slowDatabase: 0.2 },
        events: ['lostRecords', 'lostRecords', 'lostRecords', 'lostRecords', 'lostRecords', 'lostRecords'],
      },
    },
    // The new log has records before the issuers notice it, and they read it where they read the one before.
    {
      every: 17,
      name: 'another log at once',
      day: {
        rates: { delayedFetch: 0.6, slowDatabase: 0.2 },
        lastMs: 8000,
        events: ['topicRecreatedAfterReset'],
        never: ['offsetsReset'],
      },
    },
    // The database goes back while batches outlive their assignment.
    {
      every: 13,
      name: 'taken back',
      day: {
        rates: { slowDatabase: 0.6, databaseAway: 0.3, standstill: 0.05, crash: 0 },
        standing: 'issuer',
        events: [
          ...(['databaseRestored', 'databaseRestored', 'databaseRestored', 'zombie', 'zombie'] as const),
          ...(['rebalance', 'rebalance', 'rebalance', 'rebalance', 'rebalance', 'rebalance'] as const),
        ],
        rush: true,
      },
    },
    // Partitions change hands while requests are decided, and then the database goes back behind those decisions.
    {
      every: 19,
      name: 'taken back unnoticed',
      day: {
        rates: { slowDatabase: 0.6, databaseAway: 0.3, delayedFetch: 0.3, standstill: 0, crash: 0 },
        never: ['offsetsReset', 'redisEmptied', 'redisOutage'],
        events: [
          ...(['databaseRestored', 'databaseRestored', 'databaseRestored'] as const),
          ...(['rebalance', 'rebalance', 'rebalance'] as const),
        ],
        restoredUnnoticed: true,
        lastMs: 20_000,
        fetchMax: 3,
        rush: false,
      },
    },
  ],
  drawn: ['zombie', 'offsetsReset', 'rebalance', 'killed', 'poison', 'redisEmptied', 'redisOutage'],
};
