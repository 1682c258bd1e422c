import { expect } from 'chai';
import { faultsOf, faultsOfMigrations } from './migrations.ts';

const one = (sql: string) => faultsOf([{ name: 'some', sql }]);

describe('the check of migrations', () => {
  for (const [kind, sql] of [
    ['an index that is built under a lock', 'CREATE INDEX a ON s.t (b);'],
    ['an index that no transaction may build', 'CREATE INDEX CONCURRENTLY a ON s.t (b);'],
    [
      'an index on a column of the same migration',
      'ALTER TABLE s.t ADD COLUMN b int;\nCREATE INDEX IF NOT EXISTS a ON s.t (b);',
    ],
    ['an index that would not be built before', 'CREATE INDEX IF NOT EXISTS "a" ON s.t (b);'],
    [
      'a stored generated column',
      "ALTER TABLE s.t ADD COLUMN b text GENERATED ALWAYS AS (replace(c, ';', '')) STORED;",
    ],
    ['a column with a default for each row', 'ALTER TABLE s.t ADD COLUMN b uuid DEFAULT gen_random_uuid();'],
    ['a column that the build before does not write', 'ALTER TABLE s.t ADD COLUMN b int NOT NULL;'],
    ['another type', 'ALTER TABLE s.t ALTER COLUMN b TYPE bigint;'],
    ['a column that must not be null any more', 'ALTER TABLE s.t ALTER COLUMN b SET NOT NULL;'],
    ['a constraint that is checked at once', 'ALTER TABLE s.t ADD CONSTRAINT c CHECK (b > 0);'],
    ['a key whose index is built under a lock', 'ALTER TABLE s.t ADD PRIMARY KEY (b);'],
    ['a column that goes', 'ALTER TABLE s.t DROP COLUMN b;'],
    ['a column under another name', 'ALTER TABLE s.t RENAME COLUMN b TO c;'],
    ['a table that goes', 'DROP TABLE s.t;'],
    ['a change of every row', 'UPDATE s.t SET b = 1;'],
  ] as const)
    it(`refuses ${kind}`, () => {
      const faults = one(`-- Why.\n${sql}`);
      expect(faults, faults.join('\n')).to.have.length(1);
    });

  for (const [kind, sql] of [
    ['an index that is built before', 'CREATE UNIQUE INDEX IF NOT EXISTS a ON s.t (b)\n  WHERE b > 0;'],
    ['a column without a value', 'ALTER TABLE s.t ADD COLUMN b int;'],
    ['a column with a constant', "ALTER TABLE s.t ADD COLUMN b text NOT NULL DEFAULT 'a';"],
    ['a default of new rows', 'ALTER TABLE s.t ALTER COLUMN b SET DEFAULT gen_random_uuid();'],
    ['a constraint for new rows', 'ALTER TABLE s.t ADD CONSTRAINT c CHECK (b > 0) NOT VALID;'],
    [
      'anything on a table of its own',
      'CREATE TABLE s.t (b int);\nCREATE INDEX a ON s.t (b);\nUPDATE s.t SET b = 1;',
    ],
    ['what a body does later', 'DO $do$ BEGIN UPDATE s.t SET b = 1; END $do$;'],
    [
      'what a reason is given for',
      '-- May hold up s.t: it has a row a day, and no order waits for it.\nALTER TABLE s.t ALTER COLUMN b SET NOT NULL;',
    ],
  ] as const)
    it(`permits ${kind}`, () => expect(one(sql)).to.deep.equal([]));

  it('permits on a table of an earlier migration what the build before cannot notice', () => {
    const sql = ['CREATE TABLE s.t (b int);', 'ALTER TABLE s.t ALTER COLUMN b SET NOT NULL;'];
    expect(faultsOf(sql.map((text, nth) => ({ name: `m${nth}`, sql: text })))).to.deep.equal([]);
  });

  it('finds nothing in the project’s own', () => expect(faultsOfMigrations()).to.deep.equal([]));
});
