/** A table in memory with commit and rollback; it replaces rows and never changes one in place. */

/** The end of a transaction, for a table. */
export interface Undoable {
  commit(): void;
  rollback(): void;
}

/** The table refuses data that PostgreSQL would refuse. */
export class MemoryDataFault extends Error {}

export class MemoryTable<Row> implements Undoable {
  readonly #rows = new Map<string, Row>();
  /** The former row of each changed key, in the order of the changes. */
  #before: Array<readonly [key: string, row: Row | undefined]> = [];

  /** The rows, in the order of their first write. */
  get rows(): ReadonlyMap<string, Row> {
    return this.#rows;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** Writes a row, new or in place of another. */
  put(key: string, row: Row): void {
    this.#before.push([key, this.#rows.get(key)]);
    this.#rows.set(key, row);
  }

  /**
   * Writes a new row.
   * @throws MemoryDataFault when the key exists
   */
  insert(key: string, row: Row): void {
    if (this.#rows.has(key)) throw new MemoryDataFault(`${key} exists already`);
    this.put(key, row);
  }

  /** Deletes a row. */
  remove(key: string): void {
    this.#before.push([key, this.#rows.get(key)]);
    this.#rows.delete(key);
  }

  commit(): void {
    this.#before = [];
  }

  rollback(): void {
    for (const [key, row] of this.#before.reverse()) {
      if (row === undefined) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
    this.#before = [];
  }
}
