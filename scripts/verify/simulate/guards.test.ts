import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '#scripts/run/stack/places.ts';
import { GUARDS } from './guards.ts';

describe('the guards of the product', () => {
  it('have names of their own', () => {
    const names = GUARDS.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  for (const { name, edits } of GUARDS)
    it(`quote each text as it stands, once in its file: ${name}`, () => {
      for (const { file, text, instead } of edits) {
        const times = readFileSync(join(root, file), 'utf8').split(text).length - 1;
        expect(times, `${file}: ${text}`).to.equal(1);
        expect(instead).not.to.equal(text);
      }
    });
});
