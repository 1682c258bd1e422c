/** Gives the principals of a secured stack their passwords and what the list of access permits them, and nothing else. */
import pg from 'pg';
import {
  createRoles,
  DATABASE_ROLES,
  grantDatabase,
  ownDatabase,
} from '#participants/access/database-roles.ts';
import { kafkaAcls } from '#participants/access/kafka-acls.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { openAccessClient } from '#platform/kafka/access-client.ts';
import { DATABASE_ADMIN, databaseSecurityOf, kafkaSecurityOf } from './connections.ts';
import { ADMIN, passwordOf } from './secrets.ts';
import { KAFKA_PRINCIPALS } from './servers.ts';

/** Sets the users and ACLs of the brokers. @param prefix in front of the topics and groups of one system */
export async function permitTopics(stack: string, brokers: string, prefix: string): Promise<void> {
  const client = await openAccessClient({ brokers, security: kafkaSecurityOf(stack, ADMIN) });
  try {
    const others = KAFKA_PRINCIPALS.filter((name) => name !== ADMIN && name !== 'broker');
    await client.setPasswords(others.map((name) => ({ name, password: passwordOf(stack, 'kafka', name) })));
    await client.allow(kafkaAcls(prefix));
  } finally {
    await client.close();
  }
}

/**
 * Makes the roles of a server, with their passwords, and gives a database with all that is in it to its owner, which can then
 * migrate it.
 */
export async function prepareRoles(stack: string, url: string): Promise<void> {
  await asAdmin(stack, url, async (client) => {
    await client.query(createRoles());
    for (const role of DATABASE_ROLES) {
      const password = pg.escapeLiteral(passwordOf(stack, 'database', role));
      await client.query(`ALTER ROLE ${pg.escapeIdentifier(role)} PASSWORD ${password}`);
    }
    await client.query(ownDatabase(databaseIn(url)));
  });
}

/** Permits each role its own schema in a migrated database. */
export async function permitDatabase(stack: string, url: string): Promise<void> {
  await asAdmin(stack, url, (client) => client.query(grantDatabase(databaseIn(url))));
}

/** The URL of a database for a role. */
export function urlFor(url: string, role: string): string {
  const address = new URL(url);
  address.username = role;
  return address.href;
}

const databaseIn = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1));

async function asAdmin(
  stack: string,
  url: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client(
    connectionTo(urlFor(url, DATABASE_ADMIN), databaseSecurityOf(stack, DATABASE_ADMIN)),
  );
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
