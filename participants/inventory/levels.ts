/** Inventory's rows as the handlers see them, and the SQL that locks, reads and writes them: three statements a batch. */
import { columns } from '../wire/columns.ts';
import type { OrderItem } from '../wire/order-facts.ts';
import type { Sql } from '../wire/postgres.ts';

/** How much there is of a sku. */
export interface Level {
  available: number;
  reserved: number;
  sold: number;
}

/** What a granted reserve command holds. `released` means undone: a second undo does nothing. */
export interface Reservation {
  readonly sagaId: string;
  /** The reserve command's. */
  readonly commandId: string;
  /** One line a sku. */
  readonly items: readonly OrderItem[];
  state: 'reserved' | 'confirmed' | 'released';
  /** The confirm command that sold it. */
  confirmedBy: string | null;
}

/** A change of one sku's stock, as differences. A level is the sum of its movements. */
export interface Movement extends Level {
  readonly sku: string;
  /** release: back from reserved; return: back from sold. */
  readonly kind: 'set' | 'reserve' | 'confirm' | 'release' | 'return';
  readonly sagaId: string | null;
  readonly commandId: string | null;
}

/** What a batch changes. */
export interface Changes {
  readonly movements: Movement[];
  readonly made: Reservation[];
  readonly moved: Reservation[];
}

/** Locks and reads the reservations of some sagas, by saga id. Sorted, as every lock here. */
export async function lockReservations(
  sql: Sql,
  sagaIds: readonly string[],
): Promise<Map<string, Reservation[]>> {
  if (sagaIds.length === 0) return new Map();
  const found = await sql.query<Reservation>(
    `SELECT saga_id::text AS "sagaId", command_id AS "commandId", items, state, confirmed_by AS "confirmedBy"
       FROM inventory.reservations
      WHERE saga_id = ANY ($1::uuid[])
      ORDER BY saga_id, command_id
        FOR UPDATE`,
    sagaIds,
  );
  return Map.groupBy(found, (reservation) => reservation.sagaId);
}

/**
 * Locks and reads stock, by sku; an unknown sku is missing. A statement of its own: what is decided next sees what the
 * transactions waited for have left. Sorted, so that two batches never wait for each other in a circle.
 */
export async function lockLevels(sql: Sql, skus: Iterable<string>): Promise<Map<string, Level>> {
  const wanted = [...new Set(skus)];
  if (wanted.length === 0) return new Map();
  const found = await sql.query<Level & { sku: string }>(
    `SELECT sku, available::float8, reserved::float8, sold::float8
       FROM inventory.stock
      WHERE sku = ANY ($1::text[])
      ORDER BY sku
        FOR UPDATE`,
    wanted,
  );
  return new Map(found.map(({ sku, ...level }) => [sku, level]));
}

const MOVEMENTS = columns({
  sku: 'text',
  kind: 'text',
  available: 'int8',
  reserved: 'int8',
  sold: 'int8',
  sagaId: 'uuid',
  commandId: 'text',
});
const MADE = columns({ sagaId: 'uuid', commandId: 'text', items: 'json', state: 'text' });
const MOVED = columns({ sagaId: 'uuid', commandId: 'text', state: 'text', confirmedBy: 'text' });

/** Writes what a batch changes, in one statement. The rows it updates are locked by this transaction. */
export async function writeChanges(sql: Sql, changes: Changes, now: Date): Promise<void> {
  if (changes.movements.length === 0) return;
  await sql.execute(
    `WITH movement AS MATERIALIZED (
       SELECT * FROM ${MOVEMENTS.from('m', 2)}
     ), level AS (
       UPDATE inventory.stock s
          SET available = s.available + d.available, reserved = s.reserved + d.reserved, sold = s.sold + d.sold
         FROM (SELECT sku, sum(available)::bigint AS available, sum(reserved)::bigint AS reserved, sum(sold)::bigint AS sold
                 FROM movement GROUP BY sku) d
        WHERE s.sku = d.sku
     ), made AS (
       INSERT INTO inventory.reservations (saga_id, command_id, items, state, reserved_at, changed_at)
       SELECT r."sagaId", r."commandId", r.items, r.state, $1::timestamptz, $1::timestamptz
         FROM ${MADE.from('r', 9)}
     ), moved AS (
       UPDATE inventory.reservations o SET state = r.state, confirmed_by = r."confirmedBy", changed_at = $1::timestamptz
         FROM ${MOVED.from('r', 13)}
        WHERE o.saga_id = r."sagaId" AND o.command_id = r."commandId"
     )
     INSERT INTO inventory.movements (sku, kind, available, reserved, sold, saga_id, command_id, at)
     SELECT sku, kind, available, reserved, sold, "sagaId", "commandId", $1::timestamptz FROM movement`,
    now,
    ...MOVEMENTS.values(changes.movements),
    ...MADE.values(changes.made),
    ...MOVED.values(changes.moved),
  );
}
