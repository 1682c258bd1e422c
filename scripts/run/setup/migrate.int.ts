import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { dropDatabase, ensureDatabase } from '../stack/database.ts';
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
    const [one = '', other = ''] = [1, 2].map((nth) => {
      const address = new URL(postgres);
      address.pathname = `/empty_${nth}_${process.pid}`;
      return address.href;
    });
    await Promise.all([ensureDatabase(one), ensureDatabase(other)]);
    try {
      // Of one database by three, and of two databases of one server.
      const applied = await Promise.all([one, one, one, other].map((url) => migrate(url)));
      const counts = applied.map(({ length }) => length);
      expect(counts[3], 'of the other one').to.be.greaterThan(0);
      expect(counts.slice(0, 3).toSorted(), 'one does it, and the others wait').to.deep.equal([
        0,
        0,
        counts[3],
      ]);
    } finally {
      await Promise.all([dropDatabase(one), dropDatabase(other)]);
    }
  });

  it('lead to the schema that prisma/schema.sql shows (else: node scripts/run/setup/run.mjs scripts/run/migrate.ts --dump)', async () => {
    const text = await dumpSchema(database.url, join(tmpdir(), `schema-${process.pid}.sql`));
    expect(readFileSync(join(root, 'prisma/schema.sql'), 'utf8')).to.equal(text);
  });
});
