/** Shipments as rows: prepared, read under a lock, cancelled. One statement each, whatever the batch. */
import { columns } from '../wire/columns.ts';
import type { OrderItem } from '../wire/order-facts.ts';
import type { Sql } from '../wire/postgres.ts';
import type { Address } from './contract.ts';

/** A shipment as it is prepared. */
export interface NewShipment {
  readonly id: string;
  readonly sagaId: string;
  readonly commandId: string;
  readonly address: Address;
  readonly items: readonly OrderItem[];
}

/** A shipment as an undo needs it. */
export interface Shipment {
  readonly sagaId: string;
  /** The prepare command's. */
  readonly commandId: string;
  /** `cancelled` means undone; `handed-over` cannot be undone any more. */
  readonly state: 'prepared' | 'cancelled' | 'handed-over';
}

const SHIPMENTS = columns({ sagaId: 'uuid', id: 'text', commandId: 'text', address: 'json', items: 'json' });

/** The id on the label: an order has one shipment, so it is made from the order's. */
export function shipmentId(sagaId: string): string {
  return `shp_${sagaId.replaceAll('-', '')}`;
}

/** Writes new shipments. */
export async function insertShipments(sql: Sql, shipments: readonly NewShipment[], now: Date): Promise<void> {
  if (shipments.length === 0) return;
  await sql.execute(
    `INSERT INTO shipping.shipments (saga_id, id, command_id, country, address, items, state, prepared_at, changed_at)
     SELECT s."sagaId", s.id, s."commandId", s.address ->> 'country', s.address, s.items, 'prepared', $1::timestamptz,
            $1::timestamptz
       FROM ${SHIPMENTS.from('s', 2)}`,
    now,
    ...SHIPMENTS.values(shipments),
  );
}

/** Locks and reads the shipments of some sagas, by saga id. Sorted, so that two batches never wait in a circle. */
export async function lockShipments(sql: Sql, sagaIds: readonly string[]): Promise<Map<string, Shipment>> {
  const found = await sql.query<Shipment>(
    `SELECT saga_id::text AS "sagaId", command_id AS "commandId", state
       FROM shipping.shipments
      WHERE saga_id = ANY ($1::uuid[])
      ORDER BY saga_id
        FOR UPDATE`,
    sagaIds,
  );
  return new Map(found.map((shipment) => [shipment.sagaId, shipment]));
}

/** Cancels prepared shipments; any other stays as it is. */
export async function cancelShipments(sql: Sql, sagaIds: readonly string[], now: Date): Promise<void> {
  if (sagaIds.length === 0) return;
  await sql.execute(
    `UPDATE shipping.shipments SET state = 'cancelled', changed_at = $2::timestamptz
      WHERE saga_id = ANY ($1::uuid[]) AND state = 'prepared'`,
    sagaIds,
    now,
  );
}
