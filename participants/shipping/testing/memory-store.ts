/** Shipments in memory, by the rules of those on PostgreSQL. */

import { MemoryDataFault, MemoryTable } from '#runtime/testing/memory-table.ts';
import type { MemoryStore } from '#runtime/testing/memory-unit-of-work.ts';
import type { NewShipment, Shipment, ShippingStore } from '../store.ts';

export interface StoredShipment extends NewShipment, Shipment {
  readonly preparedAt: Date;
  readonly changedAt: Date;
}

export type ShippingTables = {
  /** By saga and command. */
  readonly shipments: MemoryTable<StoredShipment>;
};

/** An empty store. */
export function memoryShippingStore(): MemoryStore<ShippingStore, ShippingTables> {
  const shipments = new MemoryTable<StoredShipment>();
  const of = (sagaId: string) => [...shipments.rows.values()].filter((one) => one.sagaId === sagaId);
  const keyOf = ({ sagaId, commandId }: NewShipment) => `${sagaId}/${commandId}`;
  const store: ShippingStore = {
    async insertShipments(fresh, now) {
      for (const shipment of fresh) {
        if (of(shipment.sagaId).some(({ state }) => state !== 'cancelled'))
          throw new MemoryDataFault(`${shipment.sagaId} has a shipment already`);
        shipments.insert(keyOf(shipment), {
          ...shipment,
          state: 'prepared',
          preparedAt: now,
          changedAt: now,
        });
      }
    },

    async lockShipments(sagaIds) {
      const found = [...new Set(sagaIds)].sort().flatMap(of);
      return Map.groupBy(
        found.map(({ sagaId, commandId, state }) => ({ sagaId, commandId, state })),
        ({ sagaId }) => sagaId,
      );
    },

    async cancelShipments(sagaIds, now) {
      for (const shipment of sagaIds.flatMap(of))
        if (shipment.state === 'prepared')
          shipments.put(keyOf(shipment), { ...shipment, state: 'cancelled', changedAt: now });
    },
  };
  return { store, tables: { shipments } };
}
