import { expect } from 'chai';
import { differingPackages } from './build-before.ts';

describe('the packages of the build before', () => {
  it('are shared where this build has all that it runs with', () => {
    const before = {
      '': { version: '1.0.0' },
      'node_modules/pg': { version: '8.0.0' },
      'node_modules/mocha': { version: '1.0.0', dev: true },
      'node_modules/fast-check': { version: '3.0.0', devOptional: true },
    };
    const now = { 'node_modules/pg': { version: '8.0.0' }, 'node_modules/more': { version: '1.0.0' } };
    expect(differingPackages(before, now)).to.deep.equal([]);
  });

  it('are its own where one that it runs with is missing, or another version', () => {
    const before = { 'node_modules/pg': { version: '8.0.0' }, 'node_modules/ws': { version: '8.0.0' } };
    const now = { 'node_modules/pg': { version: '8.1.0' } };
    expect(differingPackages(before, now)).to.deep.equal(['node_modules/pg', 'node_modules/ws']);
  });
});
