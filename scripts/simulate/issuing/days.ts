/** The days on which coupons are given out, and what strikes on them of itself. */
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
    'back in time': { events: ['databaseRestored', 'databaseRestored', 'offsetsReset'] },
  },
  // Requests are lost, acknowledged and unread: it must be noted, and whoever asked be told.
  apart: [{ every: 11, name: 'losses', day: { events: ['lostRecords', 'lostRecords', 'lostRecords'] } }],
  drawn: ['zombie', 'offsetsReset', 'rebalance', 'killed', 'poison', 'redisEmptied', 'redisOutage'],
};
