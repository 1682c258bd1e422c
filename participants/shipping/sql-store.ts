/** Shipping's store on PostgreSQL: one statement a verb, whatever the batch. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { Shipment, ShippingStore } from './store.ts';

const SHIPMENTS = columns({ sagaId: 'uuid', id: 'text', commandId: 'text', address: 'json', items: 'json' });

/** @param sql an open transaction */
export function shippingStore(sql: Sql): ShippingStore {
  return {
    async insertShipments(shipments, now) {
      if (shipments.length === 0) return;
      await sql.execute(
        `INSERT INTO shipping.shipments (saga_id, id, command_id, country, address, items, state, prepared_at, changed_at)
     SELECT s."sagaId", s.id, s."commandId", s.address ->> 'country', s.address, s.items, 'prepared', $1::timestamptz,
            $1::timestamptz
       FROM ${SHIPMENTS.from('s', 2)}`,
        now,
        ...SHIPMENTS.values(shipments),
      );
    },

    async lockShipments(sagaIds) {
      const found = await sql.query<Shipment>(
        inMonth(
          sql,
          sagaIds,
          `SELECT saga_id::text AS "sagaId", command_id AS "commandId", state
       FROM shipping.shipments
      WHERE saga_id = ANY ($1::uuid[])
      ORDER BY saga_id, command_id
        FOR UPDATE`,
        ),
        sagaIds,
      );
      return Map.groupBy(found, (shipment) => shipment.sagaId);
    },

    async cancelShipments(sagaIds, now) {
      if (sagaIds.length === 0) return;
      await sql.execute(
        inMonth(
          sql,
          sagaIds,
          `UPDATE shipping.shipments SET state = 'cancelled', changed_at = $2::timestamptz
      WHERE saga_id = ANY ($1::uuid[]) AND state = 'prepared'`,
        ),
        sagaIds,
        now,
      );
    },
  };
}
