/** The port to shipping's table. */
import type { CommandData } from '#protocol/contract.ts';
import type { ShippingContract } from './contract.ts';

/** A shipment to prepare, with the data of its command. */
export interface NewShipment extends Readonly<CommandData<ShippingContract, 'shipping.prepare'>> {
  readonly id: string;
  readonly sagaId: string;
  readonly commandId: string;
}

/** The fields of a shipment that an undo needs. */
export interface Shipment {
  readonly sagaId: string;
  /** The prepare command's id. */
  readonly commandId: string;
  /** `cancelled`: undone; `handed-over`: too late to undo. */
  readonly state: 'prepared' | 'cancelled' | 'handed-over';
}

export interface ShippingStore {
  /** Inserts shipments; an order has one that is not cancelled. */
  insertShipments(shipments: readonly NewShipment[], now: Date): Promise<void>;
  /** Locks and reads the shipments of sagas, by saga id. Locks in order, so that two batches cannot deadlock. */
  lockShipments(sagaIds: readonly string[]): Promise<Map<string, Shipment[]>>;
  /** Cancels prepared shipments; the others stay as they are. */
  cancelShipments(sagaIds: readonly string[], now: Date): Promise<void>;
}

/** The id on the label: an order has one shipment at a time, so it is made from the order's. */
export function shipmentId(sagaId: string): string {
  return `shp_${sagaId.replaceAll('-', '')}`;
}
