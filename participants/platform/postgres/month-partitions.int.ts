/** Month partitions: as `PARTITION OF` would make them, without its lock. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { sqlState } from './database.ts';
import {
  ensurePartitions,
  hasNextPartition,
  keepPartitions,
  type PartitionedTable,
} from './month-partitions.ts';

const NOW = Date.UTC(2031, 1, 10);
/** February, as `PARTITION OF` makes it. */
const LOW = uuidv7Floor(Date.UTC(2031, 1, 1));
const HIGH = uuidv7Floor(Date.UTC(2031, 2, 1));
/** A month's name in the names of its objects. */
const MONTH = /_2031_\d\d/g;

const TOY = `
  CREATE SCHEMA toy;
  CREATE TABLE toy.things (id uuid NOT NULL, name text COLLATE "C" NOT NULL DEFAULT 'x' CHECK (name <> ''),
    size int GENERATED ALWAYS AS (length(name)) STORED, at timestamptz DEFAULT now(), PRIMARY KEY (id))
    PARTITION BY RANGE (id);
  CREATE INDEX ON toy.things (name) WHERE size > 1;
  CREATE UNIQUE INDEX things_upper ON toy.things (id, upper(name)) INCLUDE (at);
  CREATE STATISTICS toy.things_stats ON name, at FROM toy.things;
  ALTER TABLE toy.things ALTER name SET STORAGE EXTERNAL;
  COMMENT ON COLUMN toy.things.name IS 'a comment';
  CREATE FUNCTION toy.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''kept''; END';
  CREATE TRIGGER things_are_kept BEFORE DELETE ON toy.things FOR EACH ROW EXECUTE FUNCTION toy.keep();`;

/** Everything the catalogs say of a table, one line an object. */
const CATALOG = `
  SELECT 'table ' || c.relkind::text || c.relpersistence::text || ' ' || COALESCE(c.reloptions::text, '') AS line
    FROM pg_class c WHERE c.oid = to_regclass($1)
  UNION ALL SELECT concat_ws(' ', 'column', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      a.attstorage, a.attcompression, a.attidentity, a.attgenerated, a.attcollation, a.attislocal, a.attinhcount,
      pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = to_regclass($1) AND a.attnum > 0
  UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, i.indisvalid,
      p.inhparent::regclass)
    FROM pg_index i LEFT JOIN pg_inherits p ON p.inhrelid = i.indexrelid WHERE i.indrelid = to_regclass($1)
  UNION ALL SELECT concat_ws(' ', 'constraint', n.conname, n.contype, n.convalidated, n.conislocal, n.coninhcount,
      n.contype = 'c' AND n.connoinherit, pg_get_constraintdef(n.oid)) FROM pg_constraint n WHERE n.conrelid = to_regclass($1)
  UNION ALL SELECT concat_ws(' ', 'trigger', t.tgname, t.tgenabled, t.tgparentid <> 0, pg_get_triggerdef(t.oid))
    FROM pg_trigger t WHERE t.tgrelid = to_regclass($1)`;

describe('a month’s partition', () => {
  let test: TestDatabase;
  let parents: PartitionedTable[];
  before(async () => {
    test = await openTestDatabase();
    await test.db.execute(TOY);
    const found = await test.db.query<{ name: string; key: string }>(
      `SELECT partrelid::regclass::text AS name, format_type(a.atttypid, NULL) AS key
         FROM pg_partitioned_table JOIN pg_attribute a ON a.attrelid = partrelid AND a.attnum = partattrs[0] ORDER BY 1`,
    );
    parents = found.map(({ name, key }) => ({ name, ...(key !== 'uuid' && { by: 'time' }) }));
  });
  after(() => test?.close());

  const catalog = async (name: string) =>
    (await test.db.query<{ line: string }>(CATALOG, name))
      .map(({ line }) => line.replaceAll(MONTH, ''))
      .sort();

  it('is what PARTITION OF would have made, with its indexes, constraints and triggers', async () => {
    expect(parents.filter(({ by }) => by === undefined).map(({ name }) => name)).to.include.members([
      'orchestrator.sagas',
      'payment.inbox',
      'toy.things',
    ]);
    expect(parents).to.deep.include({ name: 'inventory.movements', by: 'time' });
    for (const { name, by } of parents) {
      const [low, high] = by === 'time' ? ['2031-02-01Z', '2031-03-01Z'] : [LOW, HIGH];
      await test.db.execute(
        `CREATE TABLE ${name}_2031_02 PARTITION OF ${name} FOR VALUES FROM ('${low}') TO ('${high}')`,
      );
    }
    await ensurePartitions(
      test.db,
      parents.map((table) => ({ ...table, fillfactor: 50 })),
      NOW,
    );
    for (const { name } of parents) {
      const [byPartitionOf, attached] = await Promise.all([
        catalog(`${name}_2031_02`),
        catalog(`${name}_2031_03`),
      ]);
      const options = /^table rp .*/;
      expect(attached.find((line) => options.test(line))).to.match(/fillfactor=50,autovacuum/);
      const rest = (lines: string[]) => lines.filter((line) => !options.test(line));
      expect(rest(attached), name).to.deep.equal(rest(byPartitionOf));
    }
    const [deleted] = await Promise.allSettled([
      test.db.execute(
        `INSERT INTO toy.things (id) VALUES ('${HIGH}'); DELETE FROM toy.things WHERE id = '${HIGH}'`,
      ),
    ]);
    expect(String(deleted?.status === 'rejected' && deleted.reason)).to.match(/kept/);
  });

  it('is created once by several processes at once', async () => {
    const tables = parents;
    const later = Date.UTC(2032, 5, 1);
    await Promise.all([test.db, test.other, test.db].map((db) => ensurePartitions(db, tables, later)));
    expect(await hasNextPartition(test.db, tables, later)).to.equal(true);
    expect(await hasNextPartition(test.db, tables, Date.UTC(2033, 5, 1))).to.equal(false);
  });

  it('is created while a reader of the table stays, and delays no other statement', async () => {
    await test.db.transaction(async (reader) => {
      await reader.query('SELECT count(*) FROM toy.things');
      await ensurePartitions(test.other, [{ name: 'toy.things' }], Date.UTC(2034, 1, 1));
      await test.other.execute(`INSERT INTO toy.things (id) VALUES ('${LOW}')`);
      expect(await hasNextPartition(reader, [{ name: 'toy.things' }], Date.UTC(2034, 1, 1))).to.equal(true);
    });
  });

  it('is given up after a second behind somebody’s lock, and made once that is gone; a start does not wait for it', async () => {
    const at = Date.UTC(2035, 1, 1);
    const tables = [{ name: 'toy.things' }];
    await ensurePartitions(test.db, tables, at, [0]);
    let kept: { close: () => void } | undefined;
    await test.db.transaction(async (ddl) => {
      await ddl.execute('LOCK TABLE toy.things IN SHARE UPDATE EXCLUSIVE MODE');
      const error = await ensurePartitions(test.other, tables, at).catch((thrown: unknown) => thrown);
      expect(sqlState(error)?.state).to.equal('55P03');
      kept = await keepPartitions(test.other, tables, () => at, silent);
      expect(await hasNextPartition(ddl, tables, at)).to.equal(false);
    });
    await waitUntil(() => hasNextPartition(test.db, tables, at), Boolean);
    kept?.close();
  });
});
