/** Which licences pass, and that a foreign one is named. */
import { expect } from 'chai';
import { foreignLicences, isPermitted } from './licences.ts';

describe('the check of licences', () => {
  for (const [expression, is] of [
    ['MIT', true],
    ['MIT OR GPL-3.0', true],
    ['(MIT OR CC0-1.0)', true],
    ['Apache-2.0 AND MIT', true],
    ['Apache-2.0 AND GPL-3.0', false],
    ['GPL-3.0-only', false],
    ['AGPL-3.0', false],
    ['SEE LICENSE IN LICENSE.md', false],
    ['UNLICENSED', false],
    ['(MIT AND (ISC OR GPL-2.0))', false],
  ] as const) {
    it(`${is ? 'permits' : 'refuses'} ${expression}`, () => expect(isPermitted(expression)).to.equal(is));
  }

  it('names each package that needs a decision', () => {
    const found = foreignLicences({
      '': { license: 'SSPL-1.0' },
      'node_modules/a': { license: 'MIT' },
      'node_modules/b': { license: 'GPL-3.0' },
      'node_modules/a/node_modules/@c/d': {},
      'node_modules/linked': { link: true },
      'node_modules/elkjs': { license: 'EPL-2.0', dev: true },
      'node_modules/e/node_modules/elkjs': { license: 'EPL-1.0', dev: true },
    });
    expect(found).to.deep.equal(['b: GPL-3.0', '@c/d: none', 'elkjs: EPL-1.0, for development']);
  });
});
