/** The console's types of the API follow from the document that the API serves. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { servedDocument, TYPES_FILE, typesOf } from './types.ts';

describe('the console’s types', () => {
  it('are those of the OpenAPI document (`npm run build -- --types` writes them)', async () => {
    expect(readFileSync(TYPES_FILE, 'utf8')).to.equal(await typesOf(await servedDocument()));
  });
});
