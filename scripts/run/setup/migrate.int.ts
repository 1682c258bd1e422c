import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type FreshDatabase, freshDatabase } from '../stack/fresh-database.ts';
import { root } from '../stack/places.ts';
import { stackUp } from '../stack/stack.ts';
import { dumpSchema } from './dump-schema.ts';
import { migrate } from './migrate.ts';

describe('migrations', () => {
  let database: FreshDatabase;
  before(async () => {
    const { postgres } = await stackUp({ name: 'test' });
    database = await freshDatabase(postgres);
  });
  after(() => database[Symbol.asyncDispose]());

  it('have nothing to do the second time', async () => {
    expect(await migrate(database.url)).to.deep.equal([]);
  });

  it('can be applied by several processes at once', async () => {
    const { postgres } = await stackUp({ name: 'test' });
    const others = await Promise.all([freshDatabase(postgres), freshDatabase(postgres)]);
    await Promise.all(others.map((other) => other[Symbol.asyncDispose]()));
  });

  it('lead to the schema that prisma/schema.sql shows (else: node scripts/run/setup/run.mjs scripts/run/migrate.ts --dump)', async () => {
    const text = await dumpSchema(database.url, join(tmpdir(), `schema-${process.pid}.sql`));
    expect(readFileSync(join(root, 'prisma/schema.sql'), 'utf8')).to.equal(text);
  });
});
