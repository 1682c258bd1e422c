/** `npm run stock -- set SKU QUANTITY | get SKU | load FILE.csv`: inventory's stock levels, planned first. */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import {
  correctLevels,
  planLevels,
  type StockPlan,
  StockPlanChanged,
} from '#participants/inventory/correct-levels.ts';
import { readLevel, type WantedLevel } from '#participants/inventory/set-levels.ts';
import { INVENTORY_TABLES } from '#participants/inventory/tables.ts';
import { type Database, openDatabase, sqlState } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { partitionedIn } from '#platform/postgres/tables.ts';
import { printable } from '#platform/process/printable.ts';
import { hasUnsafeText } from '#protocol/codec.ts';
import { messageOf } from '#protocol/errors.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { userName } from '../run/stack/user-name.ts';
import { participantDatabaseUrl } from './participant-database.ts';
import { textProblem } from './stock/csv-encoding.ts';
import { readCsv, readQuantity, skuProblem } from './stock/read-csv.ts';

const usage = `usage: npm run stock -- set SKU QUANTITY   so many can be ordered from now on
       npm run stock -- get SKU [--json]
       npm run stock -- load FILE.csv       lines of sku,quantity; all or nothing
options of set and load: --dry-run          only show what it would change, and the plan's hash
                         --plan HASH        change exactly this, or nothing
                         --reason TEXT      kept with who did it
                         --yes              without asking, on a terminal
The database: INVENTORY_DATABASE_URL, else DATABASE_URL, else the local stack's.`;

/** The longest reason. */
const MAX_REASON = 1_000;

/** The exit code where the plan no longer holds, as of the operators' command line. */
const CHANGED = 6;

await runMain(async () => {
  const { words, json, ...options } = readArguments();
  const [verb, first, second, ...rest] = words;
  if (rest.length > 0) return misuse('too many arguments');
  if (verb === 'set' && first !== undefined && second !== undefined) return set(first, second, options);
  if (verb === 'get' && first !== undefined && second === undefined) return get(first, json);
  if (verb === 'load' && first !== undefined && second === undefined) return load(first, options);
  return misuse(verb === undefined ? 'name a command' : `"${words.join(' ')}" is not one of these`);
}, usage);

interface Options {
  readonly dryRun: boolean;
  readonly plan: string | null;
  readonly reason: string;
  readonly yes: boolean;
}

function readArguments(): { words: string[]; json: boolean } & Options {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        plan: { type: 'string' },
        reason: { type: 'string', default: '' },
        yes: { type: 'boolean', default: false },
      },
    });
    const { json, plan = null, reason, yes } = values;
    if (plan !== null && !/^[0-9a-f]{64}$/.test(plan)) throw new Error('--plan takes the hash of a dry run');
    if (reason.length > MAX_REASON || hasUnsafeText(JSON.stringify(reason)))
      throw new Error(`--reason takes up to ${MAX_REASON} characters, none of them U+0000`);
    return { words: positionals, json, plan, reason, yes, dryRun: values['dry-run'] };
  } catch (error) {
    process.exit(misuse((error as Error).message));
  }
}

async function set(sku: string, text: string, options: Options): Promise<number> {
  const problem = skuProblem(sku);
  if (problem !== null) return misuse(problem);
  const quantity = readQuantity(text);
  if (quantity === null) return misuse(`"${text}" is no whole number from 0 to a billion`);
  return correct([{ sku, quantity }], options, `${sku}: ${quantity} available`);
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

async function load(file: string, options: Options): Promise<number> {
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
  return correct(levels, options, `${levels.length} stock levels set`);
}

/** Plans, and applies exactly that; asks before it on a terminal. @returns the exit code */
function correct(levels: readonly WantedLevel[], options: Options, done: string): Promise<number> {
  return withDatabase(async (db) => {
    const plan = await planLevels(db, levels);
    if (options.dryRun) {
      out(planText(plan));
      return 0;
    }
    const asks = !options.yes && process.stdin.isTTY && process.stderr.isTTY;
    if (asks && !(await isApproved(plan))) {
      say('Nothing was done.');
      return 0;
    }
    // Inventory's process does this too; it may not have run yet.
    await ensurePartitions(db, partitionedIn(INVENTORY_TABLES), Date.now(), [0]);
    const planHash = options.plan ?? (asks ? plan.planHash : null);
    const by = { actor: userName(), reason: options.reason, planHash };
    try {
      await db.transaction((sql) => correctLevels(sql, levels, by, new Date()));
    } catch (error) {
      if (!(error instanceof StockPlanChanged)) throw error;
      say(
        `${planText(error.plan)}\nThe stock has changed since the plan was made, and nothing was done: see above.`,
      );
      return CHANGED;
    }
    say(done);
    return 0;
  });
}

async function isApproved(plan: StockPlan): Promise<boolean> {
  say(planText(plan));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Apply it? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

function planText({ changes, planHash }: StockPlan): string {
  const lines = changes.map(({ sku, from, to }) => {
    const difference = to > from ? `+${to - from}` : String(to - from);
    return printable(`${sku}: ${from} → ${to} available (${difference})`);
  });
  return [...(lines.length === 0 ? ['Nothing changes'] : lines), `Plan ${planHash}`].join('\n');
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
