/** Every fault, one line each. */
import { PARTICIPANTS } from '#participants/registry.ts';
import type { Fault } from '../fault.ts';
import { killingStandby, promotingPostgres, promotingRedis, vanishingPostgres } from './failover.ts';
import { killing } from './kill.ts';
import { cuttingOff } from './network.ts';
import { pausing, zombieEngine } from './pause.ts';
import { flushingRedis, killingBroker, killingPooler, killingPostgres, killingRedis } from './stack.ts';

/** How many engines the faults count on. */
export const ENGINES = ['engine', 'engine-2'];

/** The processes that reach the brokers through proxies, so that they can be cut off. */
export const PROXIED = ['engine-2', 'payment'];

/** The participants of orders. Those that only issue coupons have chaos of their own. */
const OF_ORDERS = PARTICIPANTS.filter(({ name, schema }) => name === schema);

/** The parts of a run's stack. */
export interface Parts {
  readonly brokers: number;
  /** Whether PostgreSQL has a standby, and Redis a replica. */
  readonly standby: boolean;
  /** Whether PgBouncer is in front of it. */
  readonly pooler: boolean;
}

/** The faults that can be made where there are these parts. */
export const faultsOn = ({ brokers, standby, pooler }: Parts): readonly Fault[] => [
  killing('engine', ENGINES),
  killing('api'),
  ...OF_ORDERS.map(({ name }) => killing(name)),
  killing('gateway'),
  zombieEngine(20, ENGINES),
  zombieEngine(60, ENGINES),
  pausing('payment', 20),
  killingBroker(brokers),
  killingPostgres,
  ...(pooler ? [killingPooler] : []),
  ...(standby ? [promotingPostgres, vanishingPostgres, killingStandby, promotingRedis] : []),
  flushingRedis,
  killingRedis,
  cuttingOff('engine-2', 'silent', true),
  cuttingOff('engine-2', 'reset', true),
  cuttingOff('payment', 'silent', false),
  cuttingOff('payment', 'reset', false),
];
