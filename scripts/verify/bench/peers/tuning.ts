/** The peers' settings that their documentation leaves to the machine; a run reports them. */

export interface Tuning {
  /** Connections of a process for the rows, and as many of DBOS for its own tables. */
  readonly pool: number;
  /** Processes of DBOS, to which the orders go in turn. */
  readonly dbosProcesses: number;
  /** Partitions of the Restate node. */
  readonly restatePartitions: number;
}

/**
 * Found on two cores with 64 in flight, by CPU an order, for the machine was shared.
 * - `pool`: DBOS's own default is 10 (`DEFAULT_POOL_SIZE` of the SDK's system_database.js). Runs with 10, 20 and 40 differed less
 *   than runs of one size.
 * - `dbosProcesses`: PostgreSQL uses twice the CPU of the one process; a second one made an order dearer (17.5 after 14.9 CPU-ms).
 * - `restatePartitions`: the default is 24 (`restate-server --help`). An inline order took 7.6 CPU-ms with 24 of them, 6.2
 *   with 4, 5.0 to 5.8 with 2, and 4.8 with 1; called services 14.7 to 17, 11.6, 9.6 to 11.8 and 9.5.
 */
export const TUNING: Tuning = { pool: 20, dbosProcesses: 1, restatePartitions: 1 };

/** As one line of a report. */
export function tuningLine({ pool, dbosProcesses, restatePartitions }: Tuning): string {
  return `peers: ${pool} connections a pool, ${dbosProcesses} process(es) of DBOS, ${restatePartitions} partition(s) of Restate`;
}
