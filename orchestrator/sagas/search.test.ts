import { expect } from 'chai';
import { optionsOf, queryShape } from '#engine/search/filter-forms.ts';
import { strictFilter } from '#engine/search/saga-filter.ts';
import { boundsOf } from '#engine/search/search-field.ts';
import { sagas } from './index.ts';
import { SEARCH_FIELDS, sagaFilter } from './search.ts';

describe('the search fields of definitions', () => {
  it('have a name each, that no filter of every saga has', () => {
    const names = SEARCH_FIELDS.flatMap(({ name, kind }) =>
      kind === 'text' ? [name] : Object.values(boundsOf(name)),
    );
    expect(new Set(names).size).to.equal(names.length);
    expect(optionsOf(sagaFilter).map(({ name }) => name)).to.include.members(names);
  });

  it('are visible to every role, for whoever searches reads them', () => {
    const shown = new Set(sagas().flatMap((one) => Object.keys(one.shown.shape)));
    for (const { document, path, name } of SEARCH_FIELDS)
      if (document === 'input') expect(shown, name).to.include(path[0]);
  });
});

describe('the filter of sagas', () => {
  const query = strictFilter(queryShape(sagaFilter));
  const VALUES = { stuck: true, active: false, minAmount: 0, status: 'failed', sku: '7', minAgeMs: 60_000 };

  it('reads from a query what it takes as JSON', () => {
    const texts = Object.fromEntries(Object.entries(VALUES).map(([name, value]) => [name, String(value)]));
    expect(query.parse(texts)).to.deep.equal(VALUES);
    expect(sagaFilter.parse(VALUES)).to.deep.equal(VALUES);
  });

  it('says of each filter what it is for', () => {
    for (const { name, about } of optionsOf(sagaFilter)) expect(about, name).to.match(/^[A-Z].*\.$/);
  });

  it('names the filters there are', () => {
    const why = sagaFilter.safeParse({ colour: 'red' }).error?.issues[0]?.message;
    expect(why).to.match(/^"colour" is unknown here; possible are status, state, .*gatewayId/);
  });
});
