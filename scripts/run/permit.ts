/**
 * Gives every principal its password and its rights at the brokers, and every role its password at PostgreSQL, as their administrator:
 * for deployments, before topics and migrations. PASSWORDS_FOLDER has a file for each, `kafka-NAME` and `database-NAME`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createRoles, DATABASE_ROLES, ownDatabase } from '#participants/access/database-roles.ts';
import { kafkaAcls } from '#participants/access/kafka-acls.ts';
import { connectionTo, databaseSecurity } from '#platform/connections/database-security.ts';
import { openAccessClient } from '#platform/kafka/access-client.ts';
import { KAFKA_USERS, passwordName } from '../operate/deploy/secret-names.ts';
import { checkProduction, runMain, StackProblem } from './stack/problem.ts';
import { say } from './terminal.ts';

const CONNECT_WITHIN_MS = 10_000;

await runMain(async () => {
  checkProduction();
  const { KAFKA_BROKERS: brokers, DATABASE_URL: url, PASSWORDS_FOLDER: folder } = process.env;
  if (!brokers) throw new StackProblem('KAFKA_BROKERS names no broker: set it to host:port,….');
  if (!url) throw new StackProblem('DATABASE_URL names no database: set it to a postgresql:// address.');
  if (!folder)
    throw new StackProblem('PASSWORDS_FOLDER names no folder: set it to the one with the passwords.');
  const passwordOf = (name: string) => readFileSync(join(folder, name), 'utf8').trim();
  await permitTopics(brokers, passwordOf);
  await prepareRoles(url, passwordOf);
  say('every principal has its password');
  return 0;
});

async function permitTopics(brokers: string, passwordOf: (name: string) => string): Promise<void> {
  const client = await openAccessClient({ brokers });
  try {
    const users = KAFKA_USERS.map((name) => ({ name, password: passwordOf(passwordName('kafka', name)) }));
    await client.setPasswords(users);
    await client.allow(kafkaAcls(process.env.KAFKA_PREFIX));
  } finally {
    await client.close();
  }
}

async function prepareRoles(url: string, passwordOf: (name: string) => string): Promise<void> {
  const client = new pg.Client({
    ...connectionTo(url, databaseSecurity()),
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  });
  await client.connect();
  try {
    await client.query(createRoles());
    for (const role of DATABASE_ROLES) {
      const password = pg.escapeLiteral(passwordOf(passwordName('database', role)));
      await client.query(`ALTER ROLE ${pg.escapeIdentifier(role)} PASSWORD ${password}`);
    }
    await client.query(ownDatabase(decodeURIComponent(new URL(url).pathname.slice(1))));
  } finally {
    await client.end();
  }
}
