/** Shipments in memory, by the rules of those on PostgreSQL. */

import { MemoryTable } from '#runtime/testing/memory-table.ts';
import type { MemoryStore } from '#runtime/testing/memory-unit-of-work.ts';
import type { NewShipment, Shipment, ShippingStore } from '../store.ts';

export interface StoredShipment extends NewShipment, Shipment {
  readonly preparedAt: Date;
  readonly changedAt: Date;
}

export type ShippingTables = {
  /** By saga id. */
  readonly shipments: MemoryTable<StoredShipment>;
};

/** An empty store. */
export function memoryShippingStore(): MemoryStore<ShippingStore, ShippingTables> {
  const shipments = new MemoryTable<StoredShipment>();
  const store: ShippingStore = {
    async insertShipments(fresh, now) {
      for (const shipment of fresh)
        shipments.insert(shipment.sagaId, {
          ...shipment,
          state: 'prepared',
          preparedAt: now,
          changedAt: now,
        });
    },

    async lockShipments(sagaIds) {
      const found = [...new Set(sagaIds)].sort().flatMap((sagaId) => shipments.get(sagaId) ?? []);
      return new Map(
        found.map(({ sagaId, commandId, state }) => [sagaId, { sagaId, commandId, state }] as const),
      );
    },

    async cancelShipments(sagaIds, now) {
      for (const sagaId of sagaIds) {
        const shipment = shipments.get(sagaId);
        if (shipment?.state === 'prepared')
          shipments.put(sagaId, { ...shipment, state: 'cancelled', changedAt: now });
      }
    },
  };
  return { store, tables: { shipments } };
}
