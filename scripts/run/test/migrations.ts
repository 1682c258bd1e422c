/**
 * The check of migrations: they are applied while the build before runs and writes, so none may hold up who writes, nor take away
 * what that build uses. PostgreSQL's documentation of ALTER TABLE and CREATE INDEX names the locks.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addedIndexes } from '../setup/build-indexes.ts';
import { root } from '../stack/places.ts';

/** The last migration of the build before: those up to it are applied everywhere, and changing them is refused. */
const LAST_APPLIED = '20261129000151_ended_tokens';
/** Written above a statement, with the table and a reason, it permits what the rule forbids. */
const PERMITTED = /^-- May hold up (\w+\.\w+): \S.{20,}$/m;

/** One migration's folder and text. */
export interface MigrationText {
  readonly name: string;
  readonly sql: string;
}

interface Rule {
  /** Of a statement on a table that was there before. */
  readonly forbids: RegExp;
  readonly why: string;
}

const RULES: readonly Rule[] = [
  {
    forbids: /^CREATE (UNIQUE )?INDEX (?!IF NOT EXISTS )/,
    why: 'locks the table while it is built, and a migration is one transaction, which permits no CONCURRENTLY: write IF NOT EXISTS, and it is built before',
  },
  { forbids: /\bGENERATED ALWAYS AS\b.*\bSTORED\b/s, why: 'rewrites the table' },
  {
    forbids: /\bADD COLUMN\b[^,;]*\bDEFAULT\s+(?!now\(\))\w+\(/,
    why: 'rewrites the table: add the column without a default, then set the default, which concerns new rows alone',
  },
  {
    forbids: /\bADD COLUMN\b(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT NULL\b/,
    why: 'lets no row of the build before in: give it a constant default, or let it be null',
  },
  { forbids: /\bALTER COLUMN \w+ (SET DATA )?TYPE\b/, why: 'rewrites the table: add a column beside it' },
  {
    forbids: /\bSET NOT NULL\b/,
    why: 'reads the whole table under a lock, and may let no row of the build before in',
  },
  {
    forbids: /\bADD (CONSTRAINT \w+ )?(CHECK|FOREIGN KEY|NOT NULL)\b(?!.*\bNOT VALID\b)/s,
    why: 'reads the whole table under a lock: add it NOT VALID, and validate it in a later migration',
  },
  {
    forbids: /\bADD (CONSTRAINT \w+ )?(PRIMARY KEY|UNIQUE|EXCLUDE)\b(?!.*\bUSING INDEX\b)/s,
    why: 'builds an index under a lock: create the index first, then add it USING INDEX',
  },
  {
    forbids: /^(DROP TABLE|DROP SCHEMA)\b|\bDROP COLUMN\b|\bRENAME\b/,
    why: 'takes away what the build before uses: only the release after the last one that uses it may',
  },
  {
    forbids: /^(UPDATE|DELETE|TRUNCATE|LOCK|CLUSTER|REINDEX|VACUUM)\b/,
    why: 'locks many rows or the whole table',
  },
];

/** The faults of the project's migrations, each in a sentence. */
export function faultsOfMigrations(): string[] {
  const folder = join(root, 'prisma/migrations');
  const migrations = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name > LAST_APPLIED)
    .map(({ name }) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return faultsOf(migrations);
}

/** The faults of migrations, in their order. A table that one of them makes is of no use to the build before. */
export function faultsOf(migrations: readonly MigrationText[]): string[] {
  const made = new Set<string>();
  return migrations.flatMap(({ name, sql }) => {
    const added = new Map<string, Set<string>>();
    const faults: string[] = [];
    for (const { text, comment } of statementsOf(sql)) {
      const create = /^CREATE TABLE (?:IF NOT EXISTS )?(\w+\.\w+)/.exec(text)?.[1];
      if (create !== undefined) made.add(create);
      const table = tableOf(text);
      if (table === null || made.has(table) || PERMITTED.exec(comment)?.[1] === table) continue;
      for (const [, column = ''] of text.matchAll(/\bADD COLUMN (?:IF NOT EXISTS )?(\w+)/g))
        added.set(table, (added.get(table) ?? new Set()).add(column));
      const complain = (why: string) => faults.push(`${name}: ${text.split('\n')[0]} … ${why}`);
      for (const { forbids, why } of RULES) if (forbids.test(text)) complain(why);
      if (!/^CREATE (UNIQUE )?INDEX IF NOT EXISTS/.test(text)) continue;
      const [index] = addedIndexes(`${text};`);
      if (index === undefined) complain('is not built before: write it as the others');
      else if (
        [...(added.get(table) ?? [])].some((column) => new RegExp(`\\b${column}\\b`).test(index.definition))
      )
        complain('cannot be built before its column is there: put it into a migration of its own');
    }
    return faults;
  });
}

/** The table that a statement changes or locks; null: none, or one of no interest. */
function tableOf(text: string): string | null {
  return (
    /^(?:ALTER TABLE|UPDATE|DELETE FROM|TRUNCATE|LOCK TABLE|CLUSTER|DROP TABLE|REINDEX TABLE)\s+(?:ONLY |IF EXISTS )*(\w+\.\w+)/.exec(
      text,
    )?.[1] ??
    /^CREATE (?:UNIQUE )?INDEX [^(]*? ON (?:ONLY )?(\w+\.\w+)/.exec(text)?.[1] ??
    null
  );
}

/** The statements, each with the comments above it. */
function statementsOf(sql: string): Array<{ text: string; comment: string }> {
  const found: Array<{ text: string; comment: string }> = [];
  let [text, comment] = ['', ''];
  for (const [piece] of sql.matchAll(
    /--[^\n]*|'(?:[^']|'')*'|(\$\w*\$)[\s\S]*?\1|\/\*[\s\S]*?\*\/|;|[^-'$/;]+|[-$/]/g,
  )) {
    if (piece.startsWith('--') || piece.startsWith('/*')) comment += `${piece}\n`;
    else if (piece !== ';') text += piece;
    else {
      found.push({ text: text.trim(), comment });
      [text, comment] = ['', ''];
    }
  }
  return found;
}

/** Prints what is wrong; true when nothing is. */
export function migrationsAreRight(print: (line: string) => void): boolean {
  const faults = faultsOfMigrations();
  for (const fault of faults) print(fault);
  return faults.length === 0;
}
