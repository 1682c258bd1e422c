/**
 * Watches the plans of every statement of a pool, on statistics as an `ANALYZE` leaves them that met hardly a row.
 *
 * A prepared plan outlives the table it was made for: one made for a row reads a month's table from end to end once it is
 * full, for each row of a batch. The server's `auto_explain` says what it runs.
 */
import type pg from 'pg';
import { type Database, openDatabase } from '#platform/postgres/database.ts';

/** However large the table has grown: one row, for every plan made from now on. */
const ONE_ROW = `
SELECT pg_restore_relation_stats('schemaname', n.nspname::text, 'relname', c.relname::text,
         'relpages', 1000000, 'reltuples', 1::real)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'public')`;

const EXPLAINING = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
};

/** Gives the tables statistics of one row, and has the server explain what sessions run that are opened from now on. */
export async function explainOnOneRow(url: string): Promise<void> {
  const admin = openDatabase(url, { pool: 1, processName: 'test-statistics' });
  try {
    await admin.query(ONE_ROW);
    const name = new URL(url).pathname.slice(1);
    for (const [setting, value] of Object.entries(EXPLAINING))
      await admin.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  } finally {
    await admin.close();
  }
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Join Filter'?: string;
  readonly Filter?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Node[];
}

/** Collects the statements of a pool that read other rows than their keys name. */
export function watchPlans(db: Database, found: Set<string>): void {
  db.pool.on('connect', (client) => {
    // The pool's types do not know of the driver's events.
    (client as unknown as pg.Client).on('notice', ({ message = '' }) => {
      if (!message.includes('plan:')) return;
      const json = message.slice(message.indexOf('{'));
      const { 'Query Text': text, Plan } = JSON.parse(json) as { 'Query Text': string; Plan: Node };
      if (everyNode(Plan).some(readsAll)) found.add(text);
    });
  });
}

/** A key is compared with row after row, instead of probing its index. */
function readsAll(node: Node): boolean {
  if (node['Join Filter'] !== undefined) return everyNode(node).some(isTable);
  return isTable(node) && / = ANY \(/.test(node.Filter ?? '');
}

/** A table of the product's: the server's own are small. */
function isTable(node: Node): boolean {
  const table = node['Relation Name'];
  return table !== undefined && !table.startsWith('pg_');
}

function everyNode(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(everyNode)];
}
