/**
 * The one list of the participants: set-up, processes, topics, the ledger, chaos, simulation and compose checks read it.
 *
 * What a new participant is besides stands in `README.md`, "Writing a participant".
 */
import type { PartitionedTable } from '#platform/postgres/month-partitions.ts';
import { partitionedIn, type Table } from '#platform/postgres/tables.ts';
import { type Contract, databaseVariableOf } from '#protocol/contract.ts';
import { coupon } from './coupon/contract.ts';
import { COUPON_TABLES } from './coupon/tables.ts';
import { inventory } from './inventory/contract.ts';
import { INVENTORY_TABLES } from './inventory/tables.ts';
import { NOTIFICATION_TABLES } from './notification/tables.ts';
import { payment } from './payment/contract.ts';
import { PAYMENT_TABLES } from './payment/tables.ts';
import { shipping } from './shipping/contract.ts';
import { SHIPPING_TABLES } from './shipping/tables.ts';

export interface ParticipantEntry {
  /** Names its process, its logs and its metrics. */
  readonly name: string;
  /** Of a participant with commands; null where it only subscribes or serves HTTP. */
  readonly contract: Contract | null;
  /** The file that Node runs, from the project's root. */
  readonly main: string;
  /** The environment variable with its own connection string; `DATABASE_URL` without it. */
  readonly databaseVariable: string;
  /** The PostgreSQL schema of its tables. */
  readonly schema: string;
  /** Its HTTP port above the base of the local stack `dev`. */
  readonly portOffset: number;
  /** Its Kafka consumer group; null where it reads without one. */
  readonly group: string | null;
  /** Its tables; those of a schema are one entry's. */
  readonly tables: readonly Table[];
}

/** A participant with commands: its contract names its process, its group and its schema. */
const commanded = (
  contract: Contract,
  main: string,
  portOffset: number,
  tables: readonly Table[],
): ParticipantEntry => ({
  name: contract.name,
  contract,
  main,
  databaseVariable: databaseVariableOf(contract.name),
  schema: contract.name,
  portOffset,
  group: contract.name,
  tables,
});

/** A service without commands, in a participant's schema. */
const service = (
  name: string,
  schema: string,
  main: string,
  portOffset: number,
  { group = name, tables = [] }: Partial<Pick<ParticipantEntry, 'group' | 'tables'>> = {},
): ParticipantEntry => ({
  name,
  contract: null,
  main,
  databaseVariable: databaseVariableOf(schema),
  schema,
  portOffset,
  group,
  tables,
});

export const PARTICIPANTS: readonly ParticipantEntry[] = [
  commanded(inventory, 'participants/inventory/main.ts', 101, INVENTORY_TABLES),
  commanded(payment, 'participants/payment/main.ts', 102, PAYMENT_TABLES),
  commanded(shipping, 'participants/shipping/main.ts', 103, SHIPPING_TABLES),
  service('notification', 'notification', 'participants/notification/main.ts', 104, {
    tables: NOTIFICATION_TABLES,
  }),
  commanded(coupon, 'participants/coupon/redemption/main.ts', 106, COUPON_TABLES),
  service('coupon-issuer', 'coupon', 'participants/coupon/issuing/main.ts', 105),
  service('coupons', 'coupon', 'participants/coupon/api/main.ts', 81, { group: null }),
];

/** Every table of the participants. */
export const OWNED_TABLES: readonly Table[] = PARTICIPANTS.flatMap(({ tables }) => tables);

/** Those that have a partition a month. */
export const PARTICIPANT_TABLES: readonly PartitionedTable[] = partitionedIn(OWNED_TABLES);

/** The contracts of the participants that take commands. */
export const CONTRACTS: readonly Contract[] = PARTICIPANTS.flatMap(({ contract }) => contract ?? []);
