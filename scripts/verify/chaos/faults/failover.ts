/** Failovers of PostgreSQL: the standby takes the primary's place. */
import type { DatabasePair } from '../database-pair.ts';
import type { Environment, Fault } from '../fault.ts';
import { killPart } from './stack.ts';

/** The former primary stays for so long: its clients must leave it by themselves. */
const STAYS_MS = 15_000;

const pairOf = ({ pair }: Environment): DatabasePair => {
  if (pair === null) throw new TypeError('the run has no standby');
  return pair;
};

/** A planned switch: the old primary keeps running with every connection open, and takes no writes. */
export const promotingPostgres: Fault = {
  name: 'promote postgres',
  holdMs: STAYS_MS,
  recoversFrom: 'beginning',
  noticed: 'database',
  // A switch may fall between two probes.
  unready: { may: 'all' },
  async inject(environment) {
    const pair = pairOf(environment);
    await pair.switchOver();
    return () => pair.rejoin();
  },
};

/** The primary's host vanishes without a word: its sessions answer nothing and end nothing. The standby is promoted. */
export const vanishingPostgres: Fault = {
  name: 'lose postgres',
  holdMs: STAYS_MS,
  recoversFrom: 'beginning',
  noticed: 'database',
  unready: { may: 'all' },
  async inject(environment) {
    const pair = pairOf(environment);
    pair.freeze();
    await pair.failOver();
    return () => pair.rejoin();
  },
};

/** The standby ends: no COMMIT is confirmed until it is back. */
export const killingStandby: Fault = {
  name: 'kill standby',
  holdMs: 10_000,
  recoversFrom: 'end',
  noticed: 'database',
  // What they read is there.
  unready: { may: [] },
  inject: (environment) => killPart(environment, pairOf(environment).standby),
};

/** The other Redis takes the primary's place, without what it had not received; the former one keeps its connections. */
export const promotingRedis: Fault = {
  name: 'promote redis',
  holdMs: 10_000,
  recoversFrom: 'beginning',
  noticed: null,
  async inject({ caches }) {
    if (caches === null) throw new TypeError('the run has no second Redis');
    await caches.switchOver();
    return async () => {};
  },
};
