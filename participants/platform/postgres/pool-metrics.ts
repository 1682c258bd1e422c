/** The gauges of a process's connections to PostgreSQL. */
import type pg from 'pg';
import { Gauge, registry } from '../process/metrics.ts';

const registers = [registry];

/** The pools that are open. */
export const openPools = new Set<pg.Pool>();

function sumOf(count: (pool: pg.Pool) => number): number {
  return [...openPools].reduce((sum, pool) => sum + count(pool), 0);
}

new Gauge({
  name: 'database_connections',
  help: 'Connections to PostgreSQL, by state: used, idle',
  labelNames: ['state'] as const,
  registers,
  collect() {
    this.set(
      { state: 'used' },
      sumOf(({ totalCount, idleCount }) => totalCount - idleCount),
    );
    this.set(
      { state: 'idle' },
      sumOf(({ idleCount }) => idleCount),
    );
  },
});
new Gauge({
  name: 'database_connections_max',
  help: 'The most connections to PostgreSQL',
  registers,
  collect() {
    this.set(sumOf(({ options }) => options.max));
  },
});
new Gauge({
  name: 'database_connections_waiting',
  help: 'Statements and transactions that wait for a connection',
  registers,
  collect() {
    this.set(sumOf(({ waitingCount }) => waitingCount));
  },
});
