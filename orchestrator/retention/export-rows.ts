/** Writes rows to a file as gzip JSON lines, reads the file back, and compares count and checksum before anything is dropped. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Database, Sql } from '#platform/postgres/database.ts';

/** Rows fetched at once: the cursor's transaction must not be idle for seconds. */
const ROWS_AT_ONCE = 2_000;
const NEWLINE = 10;

/** A written file, as the audit names it. */
export interface Exported {
  readonly file: string;
  readonly rows: number;
  /** SHA-256 of the lines, not of their compression. */
  readonly sha256: string;
}

/** What a file holds. */
interface Content {
  readonly rows: number;
  readonly sha256: string;
}

/** Rows to export: a FROM clause with its condition, constants of the code, and the values of its parameters. */
export interface Source {
  readonly from: string;
  readonly values: readonly unknown[];
}

/**
 * Writes a source's rows, one JSON object a line with the columns by their names. The file appears under its name once it
 * was read back and holds what the table holds.
 * @throws Error when the file does not hold the rows; nothing was dropped then
 */
export async function exportRows(db: Database, { from, values }: Source, file: string): Promise<Exported> {
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.part`;
  const { written, there } = await db.transaction(async (sql) => {
    const content = await writeLines(sql, { from, values }, part);
    const [count] = await sql.query<{ rows: number }>(
      `SELECT count(*)::float8 AS rows FROM ${from}`,
      ...values,
    );
    return { written: content, there: count?.rows ?? 0 };
  });
  const read = await contentOf(part);
  if (read.rows !== there || read.rows !== written.rows || read.sha256 !== written.sha256) {
    await rm(part);
    throw new Error(
      `the export ${file} holds ${read.rows} rows, and the table ${there}: the file was deleted, and nothing was dropped`,
    );
  }
  await rename(part, file);
  return { file, ...read };
}

async function writeLines(sql: Sql, { from, values }: Source, file: string): Promise<Content> {
  const gzip = createGzip();
  const target = createWriteStream(file, { mode: 0o600 });
  gzip.pipe(target);
  const sum = createHash('sha256');
  let rows = 0;
  await sql.query(
    `DECLARE exported NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${from}`,
    ...values,
  );
  for (;;) {
    const lines = await sql.query<{ line: string }>(`FETCH ${ROWS_AT_ONCE} FROM exported`);
    if (lines.length === 0) break;
    const text = lines.map(({ line }) => `${line}\n`).join('');
    sum.update(text);
    rows += lines.length;
    if (!gzip.write(text)) await once(gzip, 'drain');
  }
  gzip.end();
  await finished(target);
  // What is dropped next must not be in the page cache alone.
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
  return { rows, sha256: sum.digest('hex') };
}

/** Reads a file to its end. @throws Error when it is no whole gzip file */
export async function contentOf(file: string): Promise<Content> {
  const sum = createHash('sha256');
  let rows = 0;
  for await (const chunk of createReadStream(file).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    sum.update(chunk);
    for (const byte of chunk) if (byte === NEWLINE) rows++;
  }
  return { rows, sha256: sum.digest('hex') };
}
