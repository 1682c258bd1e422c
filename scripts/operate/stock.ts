/** `npm run stock -- set SKU QUANTITY | get SKU | load FILE.csv`: inventory's stock levels. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readLevel, setLevels, type WantedLevel } from '#participants/inventory/set-levels.ts';
import { inventoryStore } from '#participants/inventory/sql-store.ts';
import { INVENTORY_TABLES } from '#participants/inventory/tables.ts';
import { type Database, openDatabase, sqlState } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { printable } from '#platform/process/printable.ts';
import { messageOf } from '#protocol/errors.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { participantDatabaseUrl } from './participant-database.ts';
import { textProblem } from './stock/csv-encoding.ts';
import { readCsv, readQuantity, skuProblem } from './stock/read-csv.ts';

const usage = `usage: npm run stock -- set SKU QUANTITY   so many can be ordered from now on
       npm run stock -- get SKU [--json]
       npm run stock -- load FILE.csv       lines of sku,quantity; all or nothing
The database: INVENTORY_DATABASE_URL, else DATABASE_URL, else the local stack's.`;

await runMain(async () => {
  const { words, json } = readArguments();
  const [verb, first, second, ...rest] = words;
  if (rest.length > 0) return misuse('too many arguments');
  if (verb === 'set' && first !== undefined && second !== undefined) return set(first, second);
  if (verb === 'get' && first !== undefined && second === undefined) return get(first, json);
  if (verb === 'load' && first !== undefined && second === undefined) return load(first);
  return misuse(verb === undefined ? 'name a command' : `"${words.join(' ')}" is not one of these`);
});

function readArguments(): { words: string[]; json: boolean } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    });
    return { words: positionals, json: values.json };
  } catch (error) {
    process.exit(misuse((error as Error).message));
  }
}

async function set(sku: string, text: string): Promise<number> {
  const problem = skuProblem(sku);
  if (problem !== null) return misuse(problem);
  const quantity = readQuantity(text);
  if (quantity === null) return misuse(`"${text}" is no whole number from 0 to a billion`);
  await write([{ sku, quantity }]);
  say(`${sku}: ${quantity} available`);
  return 0;
}

async function get(sku: string, json: boolean): Promise<number> {
  const level = await withDatabase((db) => readLevel(db, sku));
  if (level === null) {
    say(printable(`There is no sku "${sku}": \`npm run stock -- set\` makes it.`));
    return 1;
  }
  const { available, reserved, sold } = level;
  out(
    json
      ? `${JSON.stringify({ sku, available, reserved, sold })}`
      : `sku        ${sku}\navailable  ${available}\nreserved   ${reserved}\nsold       ${sold}`,
  );
  return 0;
}

async function load(file: string): Promise<number> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return misuse(`${file} cannot be read: ${(error as Error).message}`);
  }
  const unreadable = textProblem(bytes);
  const { levels, problems } =
    unreadable === null ? readCsv(bytes.toString()) : { levels: [], problems: [unreadable] };
  if (problems.length > 0) {
    say(
      [`Nothing was loaded from ${printable(file)}:`, ...problems.map((line) => `  ${printable(line)}`)].join(
        '\n',
      ),
    );
    return 2;
  }
  await write(levels);
  say(`${levels.length} stock levels set`);
  return 0;
}

function write(levels: readonly WantedLevel[]): Promise<void> {
  return withDatabase(async (db) => {
    // Inventory's process does this too; it may not have run yet.
    await ensurePartitions(db, INVENTORY_TABLES, Date.now(), [0]);
    await db.transaction((sql) => setLevels(inventoryStore(sql), levels, new Date()));
  });
}

async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase(await participantDatabaseUrl('inventory'), { pool: 1, processName: 'stock' });
  try {
    return await work(db);
  } catch (error) {
    throw new StackProblem(whatFailed(error), { cause: error });
  } finally {
    await db.close();
  }
}

function whatFailed(error: unknown): string {
  const noTable = sqlState(error)?.state === '42P01';
  return noTable
    ? 'The database has no stock table yet: `npm start` makes the tables.'
    : `PostgreSQL: ${messageOf(error)}`;
}

/** Prints the problem and the usage. */
function misuse(problem: string): number {
  say(`${printable(problem)}\n${usage}`);
  return 2;
}
