/** Inventory's store on PostgreSQL: three statements a batch. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { InventoryStore, Level, Reservation } from './store.ts';

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

const WRITE_CHANGES = `
     WITH movement AS MATERIALIZED (
       SELECT * FROM ${MOVEMENTS.from('m', 2)}
     ), level AS (
       UPDATE inventory.stock s
          SET available = s.available + d.available, reserved = s.reserved + d.reserved, sold = s.sold + d.sold
         FROM (SELECT sku, sum(available)::bigint AS available, sum(reserved)::bigint AS reserved, sum(sold)::bigint AS sold
                 FROM movement GROUP BY sku) d
        WHERE ${probe('s.sku', 'd.sku')}
     ), made AS (
       INSERT INTO inventory.reservations (saga_id, command_id, items, state, reserved_at, changed_at)
       SELECT r."sagaId", r."commandId", r.items, r.state, $1::timestamptz, $1::timestamptz
         FROM ${MADE.from('r', 9)}
     ), moved AS (
       UPDATE inventory.reservations o SET state = r.state, confirmed_by = r."confirmedBy", changed_at = $1::timestamptz
         FROM ${MOVED.from('r', 13)}
        WHERE ${probe('o.saga_id', 'r."sagaId"')} AND o.command_id = r."commandId"
     )
     INSERT INTO inventory.movements (sku, kind, available, reserved, sold, saga_id, command_id, at)
     SELECT sku, kind, available, reserved, sold, "sagaId", "commandId", $1::timestamptz FROM movement`;

const LOCK_RESERVATIONS = `
     SELECT saga_id::text AS "sagaId", command_id AS "commandId", items, state, confirmed_by AS "confirmedBy"
       FROM inventory.reservations
      WHERE saga_id = ANY ($1::uuid[])
      ORDER BY saga_id, command_id
        FOR UPDATE`;

/** @param sql an open transaction */
export function inventoryStore(sql: Sql): InventoryStore {
  return {
    async lockReservations(sagaIds) {
      if (sagaIds.length === 0) return new Map();
      const found = await sql.query<Reservation>(inMonth(sql, sagaIds, LOCK_RESERVATIONS), sagaIds);
      return Map.groupBy(found, (reservation) => reservation.sagaId);
    },

    async lockLevels(skus) {
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
    },

    async writeChanges(changes, now) {
      if (changes.movements.length === 0) return;
      await sql.execute(
        inMonth(
          sql,
          [...changes.made, ...changes.moved].map(({ sagaId }) => sagaId),
          WRITE_CHANGES,
        ),
        now,
        ...MOVEMENTS.values(changes.movements),
        ...MADE.values(changes.made),
        ...MOVED.values(changes.moved),
      );
    },

    async addSkus(skus) {
      await sql.execute(
        `INSERT INTO inventory.stock (sku, available, reserved, sold)
     SELECT sku, 0, 0, 0 FROM unnest($1::text[]) AS s(sku) ORDER BY sku
     ON CONFLICT DO NOTHING`,
        skus,
      );
    },
  };
}
