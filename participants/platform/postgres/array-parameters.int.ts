/** Column arrays against PostgreSQL: it reads back each value of every type, null and edge values included. */
import { expect } from 'chai';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { columns, UnfitValue } from './array-parameters.ts';
import { isDataFault } from './database.ts';

const ALL = columns({
  id: 'uuid',
  name: 'text',
  small: 'int4',
  big: 'int8',
  yes: 'bool',
  at: 'timestamptz',
  doc: 'json',
  raw: 'jsontext',
});

describe('columns', () => {
  let test: TestDatabase;
  before(async () => {
    test = await openTestDatabase();
  });
  after(() => test?.close());
  const roundTrip = (rows: Parameters<typeof ALL.values>[0]) =>
    test.db.query(`SELECT *, raw::text AS raw FROM ${ALL.from('t')}`, ...ALL.values(rows));

  it('pass each value unchanged', async () => {
    const full = {
      id: '019a0000-0000-7000-8000-00000000000f',
      name: 'Zoë, "O’Neil" \\ 🍩',
      small: -2_147_483_648,
      big: -9_007_199_254_740_991,
      yes: true,
      at: new Date('1969-12-31T23:59:59.999Z'),
      doc: { a: ['x', null, { b: 1 }], empty: '' },
      raw: '{"kept":  "as it is"}',
    };
    const other = {
      ...full,
      small: 2_147_483_647,
      big: 4_294_967_296,
      yes: false,
      at: new Date('2999-01-01'),
      name: '',
    };
    const read = await roundTrip([full, {}, other]);
    expect(read).to.deep.equal([
      { ...full, big: BigInt(full.big) },
      Object.fromEntries(Object.keys(full).map((name) => [name, null])),
      { ...other, big: BigInt(other.big) },
    ]);
  });

  it('pass no row, or many', async () => {
    expect(await roundTrip([])).to.deep.equal([]);
    const many = Array.from({ length: 5_000 }, (_, small) => ({ small }));
    expect((await roundTrip(many)).length).to.equal(5_000);
  });

  it('reject a value of another type as a data fault', () => {
    for (const row of [
      { id: 'no-uuid' },
      { small: 2 ** 31 },
      { small: 0.5 },
      { big: Number.NaN },
      { at: new Date(Number.NaN) },
    ]) {
      expect(() => ALL.values([row]), JSON.stringify(row)).to.throw(UnfitValue);
    }
    expect(isDataFault(new UnfitValue())).to.equal(true);
  });

  it('let PostgreSQL reject an invalid document', async () => {
    const refused = await roundTrip([{ raw: '{"half' }]).catch((error: unknown) => error);
    expect(isDataFault(refused)).to.equal(true);
  });
});
