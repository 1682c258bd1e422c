/** Permits each role its own schema in DATABASE_URL, as a superuser: for deployments, after the migrations. */
import pg from 'pg';
import { createRoles, grantDatabase } from '#participants/access/database-roles.ts';
import { connectionTo, databaseSecurity } from '#platform/connections/database-security.ts';
import { checkProduction, runMain, StackProblem } from './stack/problem.ts';
import { say } from './terminal.ts';

const CONNECT_WITHIN_MS = 10_000;

await runMain(async () => {
  checkProduction();
  const url = process.env.DATABASE_URL;
  if (!url) throw new StackProblem('DATABASE_URL names no database: set it to a postgresql:// address.');
  const client = new pg.Client({
    ...connectionTo(url, databaseSecurity()),
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  });
  await client.connect();
  try {
    await client.query(createRoles());
    await client.query(grantDatabase(decodeURIComponent(new URL(url).pathname.slice(1))));
    say('every role has its rights');
    return 0;
  } finally {
    await client.end();
  }
});
