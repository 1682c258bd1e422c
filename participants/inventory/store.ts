/** The port to inventory's tables: stock, reservations and movements. */
import type { OrderItem } from '#protocol/order-events.ts';

/** A sku's stock. */
export interface Level {
  available: number;
  reserved: number;
  sold: number;
}

/** The items of a granted reserve command. `released` means undone: a second undo changes nothing. */
export interface Reservation {
  readonly sagaId: string;
  /** The reserve command's id. */
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

/** The changes of a batch. */
export interface Changes {
  readonly movements: Movement[];
  readonly made: Reservation[];
  readonly moved: Reservation[];
}

/** The rows it returns are copies: the caller may change them. */
export interface InventoryStore {
  /** Locks and reads the reservations of sagas, by saga id, in order. */
  lockReservations(sagaIds: readonly string[]): Promise<Map<string, Reservation[]>>;
  /**
   * Locks and reads stock, by sku; omits unknown skus. A statement of its own, so that it reads what the transactions
   * before it committed. Locks in order, so that two batches cannot deadlock.
   */
  lockLevels(skus: Iterable<string>): Promise<Map<string, Level>>;
  /** Writes a batch's changes to rows that this transaction has locked; no level goes below zero. */
  writeChanges(changes: Changes, now: Date): Promise<void>;
  /** Creates the unknown ones of some skus, without stock. */
  addSkus(skus: readonly string[]): Promise<void>;
}
