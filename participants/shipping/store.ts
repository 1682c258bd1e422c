/** The port to shipping's table: shipments prepared, read under a lock, cancelled. */
import type { OrderItem } from '#protocol/order-events.ts';
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

export interface ShippingStore {
  /** Writes new shipments; an order has one. */
  insertShipments(shipments: readonly NewShipment[], now: Date): Promise<void>;
  /** Locks and reads the shipments of some sagas, by saga id. Sorted, so that two batches never wait in a circle. */
  lockShipments(sagaIds: readonly string[]): Promise<Map<string, Shipment>>;
  /** Cancels prepared shipments; any other stays as it is. */
  cancelShipments(sagaIds: readonly string[], now: Date): Promise<void>;
}

/** The id on the label: an order has one shipment, so it is made from the order's. */
export function shipmentId(sagaId: string): string {
  return `shp_${sagaId.replaceAll('-', '')}`;
}
