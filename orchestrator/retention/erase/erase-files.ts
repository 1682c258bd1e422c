/** Erases a person from files: the exports of dropped months, and mails that were written as files. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Exported } from '../export-rows.ts';
import type { Person } from './erase-document.ts';
import { eraseColumn, exportedHow, type PersonalTable } from './personal-data.ts';

const EXPORT = /^([a-z]+\.[a-z_]+)_\d{4,}-\d\d\.jsonl\.gz$/;
const ORDERS = 'orchestrator.orders';
const UUID_LENGTH = 36;

type Row = Record<string, unknown>;

/**
 * Rewrites the exported files that hold the person's orders. A file moved elsewhere must be erased where it is.
 * @param erasureId the entry of the audit that will name the erasure
 * @returns the files rewritten, with their new checksums
 */
export async function eraseExports(
  folder: string,
  tables: readonly PersonalTable[],
  person: Person,
  erasureId: string,
): Promise<Exported[]> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => EXPORT.test(name)).sort();
  const ids = new Set<string>();
  for (const name of files.filter((one) => EXPORT.exec(one)?.[1] === ORDERS))
    for await (const line of linesOf(join(folder, name))) {
      const { id, customer_id: customer } = JSON.parse(line) as Row;
      if (customer === person.customerId || customer === person.subject) ids.add(String(id));
    }
  const rewritten: Exported[] = [];
  if (ids.size === 0) return rewritten;
  for (const name of files) {
    const table = tables.find((one) => one.table === EXPORT.exec(name)?.[1]);
    const exported = table && (await rewrite(join(folder, name), table, ids, person, erasureId));
    if (exported) rewritten.push(exported);
  }
  return rewritten;
}

async function rewrite(
  file: string,
  table: PersonalTable,
  ids: ReadonlySet<string>,
  person: Person,
  erasureId: string,
): Promise<Exported | null> {
  const part = `${file}.part`;
  const gzip = createGzip();
  const target = createWriteStream(part, { mode: 0o600 });
  gzip.pipe(target);
  const sum = createHash('sha256');
  let [rows, changed] = [0, 0];
  for await (const line of linesOf(file)) {
    const row = JSON.parse(line) as Row;
    let text = line;
    if (ids.has(String(row[table.order]))) {
      if (table.isChained) row['erased_by'] = erasureId;
      for (const [name, value] of Object.entries(row)) {
        const how = exportedHow(table, name, value);
        if (how !== null) row[name] = eraseColumn(name, how, value, person);
      }
      text = JSON.stringify(row);
      changed += Number(text !== line);
    }
    rows++;
    sum.update(`${text}\n`);
    if (!gzip.write(`${text}\n`)) await once(gzip, 'drain');
  }
  gzip.end();
  await finished(target);
  if (changed === 0) {
    await rm(part);
    return null;
  }
  await rename(part, file);
  return { file, rows, sha256: sum.digest('hex') };
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file).pipe(createGunzip()) });
}

/** Deletes the mails of orders that were written as files. @returns how many */
export async function deleteMailFiles(folder: string, orderIds: ReadonlySet<string>): Promise<number> {
  const found = await readdir(folder, { recursive: true }).catch(() => []);
  const theirs = found.filter(
    (path) => path.endsWith('.eml') && orderIds.has(basename(path).slice(0, UUID_LENGTH)),
  );
  for (const path of theirs) await rm(join(folder, path));
  return theirs.length;
}
