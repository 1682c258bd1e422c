/** Shipping's unit of work under test, on PostgreSQL or in memory, with its shipments. */

import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import { openTestDatabase } from '#runtime/testing/database.ts';
import { memoryUnitOfWork } from '#runtime/testing/memory-unit-of-work.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { shippingStore } from '../sql-store.ts';
import type { NewShipment, Shipment, ShippingStore } from '../store.ts';
import { memoryShippingStore } from './memory-store.ts';

export type SeenShipment = Pick<NewShipment & Shipment, 'id' | 'state' | 'address' | 'items'>;

export interface ShippingBench {
  readonly unitOfWork: UnitOfWork<ShippingStore>;
  /** The same tables on another process's connections. */
  readonly others: UnitOfWork<ShippingStore>;
  shipments(sagaId: string): Promise<SeenShipment[]>;
  /** Hands the parcel over, as the warehouse does. */
  handOver(sagaId: string): Promise<void>;
  close(): Promise<void>;
}

export async function postgresShippingBench(): Promise<ShippingBench> {
  const test = await openTestDatabase('shipping.inbox');
  return {
    unitOfWork: sqlUnitOfWork(test.db, 'shipping', shippingStore),
    others: sqlUnitOfWork(test.other, 'shipping', shippingStore),
    shipments: (sagaId) =>
      test.db.query(
        'SELECT id, state, address, items FROM shipping.shipments WHERE saga_id = $1::uuid ORDER BY prepared_at',
        sagaId,
      ),
    async handOver(sagaId) {
      const text = `UPDATE shipping.shipments SET state = 'handed-over' WHERE saga_id = $1::uuid`;
      await test.db.execute(text, sagaId);
    },
    close: () => test.close(),
  };
}

export async function memoryShippingBench(): Promise<ShippingBench> {
  const unitOfWork = memoryUnitOfWork(memoryShippingStore());
  const { shipments } = unitOfWork.tables;
  return {
    unitOfWork,
    others: unitOfWork,
    async shipments(sagaId) {
      const found = [...shipments.rows.values()].filter((one) => one.sagaId === sagaId);
      return found.map(({ id, state, address, items }) => ({ id, state, address, items }));
    },
    async handOver(sagaId) {
      await unitOfWork.transaction(async () => {
        for (const [key, shipment] of [...shipments.rows])
          if (shipment.sagaId === sagaId) shipments.put(key, { ...shipment, state: 'handed-over' });
      });
    },
    close: async () => {},
  };
}
