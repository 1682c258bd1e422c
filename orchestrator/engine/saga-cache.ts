/**
 * The rows of sagas as this engine wrote them last: their next message needs no read.
 *
 * A cached row may be outdated, because another engine can have moved the saga meanwhile. So it is good for one thing
 * alone: a move, which the version fence refuses where the row is outdated (step-batch.ts).
 */
import type { SagaRow } from './saga.ts';

/** Of active sagas; beyond it the ones that were moved longest ago are read again. A row takes a few kB. */
const ROWS_MAX = 5_000;
/** A saga's next message usually follows within a second; nothing of a customer stays here for longer. */
const KEPT_MS = 60_000;

export class SagaCache {
  /** In the order of their moves. */
  readonly #rows = new Map<string, { readonly row: SagaRow; readonly atMs: number }>();

  /** The cached rows of some sagas. */
  find(ids: readonly string[], nowMs: number): Map<string, SagaRow> {
    const known = new Map<string, SagaRow>();
    for (const id of ids) {
      const kept = this.#rows.get(id);
      if (kept !== undefined && kept.atMs > nowMs - KEPT_MS) known.set(id, kept.row);
    }
    return known;
  }

  /** Takes rows that were written; one that has ended waits for nothing. Batches may end in any order. */
  put(rows: readonly SagaRow[], nowMs: number): void {
    for (const row of rows) {
      const kept = this.#rows.get(row.id);
      if (kept !== undefined && kept.row.version >= row.version) continue;
      this.#rows.delete(row.id);
      if (row.endedAt === null) this.#rows.set(row.id, { row, atMs: nowMs });
    }
    for (const [id, { atMs }] of this.#rows) {
      if (this.#rows.size <= ROWS_MAX && atMs > nowMs - KEPT_MS) break;
      this.#rows.delete(id);
    }
  }

  drop(ids: Iterable<string>): void {
    for (const id of ids) this.#rows.delete(id);
  }
}
