/**
 * Passes rows as statement parameters: one binary array a column, read with `unnest`.
 *
 * `json_to_recordset` was a third of PostgreSQL's work: it parses each row, then each nested document again. PostgreSQL
 * copies a binary array, and checks a document once, for its column.
 */

/** A column's type; `json` takes data, `jsontext` a document that is text already, `bytea` hex. */
export type ColumnType =
  | 'uuid'
  | 'text'
  | 'int4'
  | 'int8'
  | 'bool'
  | 'timestamptz'
  | 'json'
  | 'jsontext'
  | 'bytea';

interface Values {
  uuid: string;
  text: string;
  int4: number;
  /** Up to 2^53. */
  int8: number;
  bool: boolean;
  timestamptz: Date;
  json: unknown;
  jsontext: string;
  /** In hex. */
  bytea: string;
}

/** A row of such columns. Every value may be null; a missing one is null. */
export type RowOf<C extends Record<string, ColumnType>> = {
  readonly [K in keyof C]?: Values[C[K]] | null | undefined;
};

export interface Columns<C extends Record<string, ColumnType>> {
  /** For a FROM: `unnest($1::uuid[], …) AS alias("id", …)`, with parameters from `first` on. */
  from(alias: string, first?: number): string;
  /**
   * The parameters, in that order.
   * @throws UnfitValue when a value does not fit its column
   */
  values(rows: ReadonlyArray<RowOf<C>>): Buffer[];
}

/** A value that does not fit its column: a data fault, as SQLSTATE class 22 is. */
export class UnfitValue extends TypeError {}

/** A type's SQL name, its OID, and how to write a value. */
interface Codec {
  readonly sql: string;
  readonly oid: number;
  /** Converts a value before `size` and `write`. */
  readonly prepare?: (value: never) => unknown;
  readonly size: (value: never) => number;
  readonly write: (buffer: Buffer, value: never, at: number) => void;
}

const utf8 = {
  size: (value: string) => Buffer.byteLength(value),
  write: (buffer: Buffer, value: string, at: number) => buffer.write(value, at),
};
const fixed = (bytes: number) => () => bytes;

/** PostgreSQL counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

const CODECS: Record<ColumnType, Codec> = {
  uuid: {
    sql: 'uuid',
    oid: 2950,
    size: fixed(16),
    write: (buffer, value: string, at) => {
      if (buffer.write(value.replaceAll('-', ''), at, 16, 'hex') !== 16)
        throw new TypeError(`${value} is no uuid`);
    },
  },
  text: { sql: 'text', oid: 25, ...utf8 },
  int4: {
    sql: 'int4',
    oid: 23,
    size: fixed(4),
    write: writeInt4,
  },
  int8: { sql: 'int8', oid: 20, size: fixed(8), write: writeInt8 },
  bool: {
    sql: 'bool',
    oid: 16,
    size: fixed(1),
    write: (buffer, value: boolean, at) => buffer.writeInt8(value ? 1 : 0, at),
  },
  timestamptz: {
    sql: 'timestamptz',
    oid: 1184,
    size: fixed(8),
    write: (buffer, value: Date, at) =>
      buffer.writeBigInt64BE(BigInt(value.getTime() - POSTGRES_EPOCH_MS) * 1000n, at),
  },
  json: { sql: 'json', oid: 114, prepare: (value: unknown) => JSON.stringify(value), ...utf8 },
  jsontext: { sql: 'json', oid: 114, ...utf8 },
  bytea: {
    sql: 'bytea',
    oid: 17,
    size: (value: string) => value.length / 2,
    write: (buffer, value: string, at) => {
      if (buffer.write(value, at, 'hex') !== value.length / 2) throw new TypeError(`${value} is no hex text`);
    },
  },
};

function writeInt4(buffer: Buffer, value: number, at: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer`);
  buffer.writeInt32BE(value, at);
}

function writeInt8(buffer: Buffer, value: number, at: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer`);
  const high = Math.floor(value / 2 ** 32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * 2 ** 32, at + 4);
}

/** Declares the columns of a batch: name → type. */
export function columns<const C extends Record<string, ColumnType>>(types: C): Columns<C> {
  const all = Object.entries(types).map(([name, type]) => ({ name, codec: CODECS[type] }));
  const names = all.map(({ name }) => `"${name}"`).join(', ');
  return {
    from: (alias, first = 1) =>
      `unnest(${all.map(({ codec }, i) => `$${first + i}::${codec.sql}[]`).join(', ')}) AS ${alias}(${names})`,
    values: (rows) =>
      all.map(({ name, codec }) => {
        try {
          return binaryArray(
            codec,
            rows.map((row) => row[name]),
          );
        } catch (cause) {
          throw new UnfitValue(`a value of "${name}" is no ${codec.sql}`, { cause });
        }
      }),
  };
}

const HEADER_BYTES = 20;

/** PostgreSQL's binary form of a one-dimensional array: dimensions, null flag, element type, length, lower bound, values. */
function binaryArray(codec: Codec, values: readonly unknown[]): Buffer {
  const prepared = values.map((value) =>
    value == null ? null : codec.prepare === undefined ? value : codec.prepare(value as never),
  );
  let size = HEADER_BYTES;
  let nulls = 0;
  for (const value of prepared) {
    size += 4;
    if (value === null) nulls = 1;
    else size += codec.size(value as never);
  }
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(nulls, 4);
  buffer.writeInt32BE(codec.oid, 8);
  buffer.writeInt32BE(prepared.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const value of prepared) {
    if (value === null) {
      buffer.writeInt32BE(-1, at);
      at += 4;
      continue;
    }
    const length = codec.size(value as never);
    buffer.writeInt32BE(length, at);
    codec.write(buffer, value as never, at + 4);
    at += 4 + length;
  }
  return buffer;
}
