/** A database of one's own, migrated and empty, for a test or a dump; dropped when its owner is done. */
import { randomBytes } from 'node:crypto';
import { migrate } from '../setup/migrate.ts';
import { dropDatabase, ensureDatabase } from './database.ts';

export type FreshDatabase = AsyncDisposable & Readonly<{ name: string; url: string }>;

/**
 * Makes a database beside the given one.
 * @param url any database of the server, as `stackUp()` gives it
 * @returns its name and URL, and `[Symbol.asyncDispose]()`, which drops it and closes its connections
 */
export async function freshDatabase(url: string): Promise<FreshDatabase> {
  const name = `fresh_${randomBytes(6).toString('hex')}`;
  const address = new URL(url);
  address.pathname = `/${name}`;
  await ensureDatabase(address.href);
  await migrate(address.href);
  return { name, url: address.href, [Symbol.asyncDispose]: () => dropDatabase(address.href) };
}
