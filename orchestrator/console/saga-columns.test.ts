/** The columns of the list of sagas, as a person chooses them. */
import { expect } from 'chai';
import { COLUMNS, columnsIn, toggled } from './src/screens/saga-columns.ts';

describe('the columns of the list of sagas', () => {
  it('are those of a stored choice, in their own order, without names that are not known', () => {
    expect(columnsIn('age,status,weight')).to.deep.equal(['status', 'age']);
  });

  it('are those of the beginning where nothing is stored, or nothing that is known', () => {
    for (const stored of [null, '', 'weight']) {
      expect(columnsIn(stored), String(stored)).to.include.members(['status', 'state', 'failure']);
      expect(columnsIn(stored), String(stored)).not.to.include('ended');
    }
  });

  it('come and go one by one, and the last one stays', () => {
    expect(toggled(['status', 'age'], 'ended')).to.deep.equal(['status', 'age', 'ended']);
    expect(toggled(['status', 'age'], 'status')).to.deep.equal(['age']);
    expect(toggled(['age'], 'age')).to.deep.equal(['age']);
    expect(COLUMNS.reduce(toggled, ['age'])).to.deep.equal(COLUMNS.filter((one) => one !== 'age'));
  });
});
