/** The port to inventory's tables: stock, who holds what of it, and its changes. */
import type { OrderItem } from '#protocol/order-events.ts';

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

/** What is read is the caller's own: changing it changes no row. */
export interface InventoryStore {
  /** Locks and reads the reservations of some sagas, by saga id. Sorted, as every lock here. */
  lockReservations(sagaIds: readonly string[]): Promise<Map<string, Reservation[]>>;
  /**
   * Locks and reads stock, by sku; an unknown sku is missing. A verb of its own: what is decided next sees what the
   * transactions waited for have left. Sorted, so that two batches never wait for each other in a circle.
   */
  lockLevels(skus: Iterable<string>): Promise<Map<string, Level>>;
  /** Writes what a batch changes. The rows it updates are locked by this transaction; none goes below zero. */
  writeChanges(changes: Changes, now: Date): Promise<void>;
  /** Makes skus that are unknown, of which there is nothing yet. */
  addSkus(skus: readonly string[]): Promise<void>;
}
