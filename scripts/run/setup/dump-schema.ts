/** Writes prisma/schema.sql from the database's catalog, so that the diff shows the effect of a migration. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { root } from '../stack/places.ts';
import { catalogQueries } from './dump-queries.ts';

const file = join(root, 'prisma/schema.sql');
const head =
  '-- The schema as PostgreSQL has it after all migrations. Written by scripts/run/setup/dump-schema.ts: do not edit.\n';

/** Reads the catalog of a migrated database and writes it beside the migrations. Returns the text. */
export async function dumpSchema(databaseUrl: string, to = file): Promise<string> {
  const client = new pg.Client(connectionTo(databaseUrl));
  await client.connect();
  try {
    // Names are written with their schema only where the search path does not find them: leave it empty.
    await client.query(`SET search_path TO ''`);
    const parts: string[] = [];
    for (const query of catalogQueries) {
      const { rows } = await client.query<{ sql: string }>(query);
      parts.push(...rows.map((row) => row.sql));
    }
    const text = `${head}\n${parts.join('\n\n')}\n`;
    writeFileSync(to, text);
    return text;
  } finally {
    await client.end();
  }
}
