/** Definitions of a cluster are read as lists and one by one, and a field that they do not have is a fault. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkByDefinitions, readDefinitions } from './checks/crd-schemas.ts';

const definition = {
  kind: 'CustomResourceDefinition',
  spec: {
    group: 'shops.example',
    names: { kind: 'Shop' },
    versions: [
      {
        name: 'v1',
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 1 },
                  port: {
                    'x-kubernetes-int-or-string': true,
                    anyOf: [{ type: 'integer' }, { type: 'string' }],
                  },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
                  mode: { type: 'string', pattern: '^(?i)(a|b)$' },
                },
              },
            },
          },
        },
      },
    ],
  },
};
const shop = (spec: object, apiVersion = 'shops.example/v1') => ({
  apiVersion,
  kind: 'Shop',
  metadata: { name: 'corner' },
  spec,
});

describe('the check by a cluster’s definitions', () => {
  it('accepts what fits', () => {
    const fits = shop({ size: 1, port: 'http', labels: { any: 'x' }, free: { any: 1 }, mode: 'A' });
    expect(checkByDefinitions([fits], [definition])).to.deep.equal({ problems: [], checked: 1 });
  });

  it('names a field that is not there, one that is missing, and a wrong type', () => {
    const { problems } = checkByDefinitions([shop({ siez: 1, labels: { any: 1 } })], [definition]);
    expect(problems.join('\n'))
      .to.match(/additionalProperty":"siez"/)
      .and.to.match(/required property 'size'/)
      .and.to.match(/\/spec\/labels\/any must be string/);
  });

  it('leaves out what has no definition', () => {
    const { checked } = checkByDefinitions([shop({}, 'shops.example/v2')], [definition]);
    expect(checked).to.equal(0);
  });

  it('reads a list, and one after another', () => {
    const folder = mkdtempSync(join(tmpdir(), 'definitions-'));
    try {
      const [list, several] = [join(folder, 'list.json'), join(folder, 'several.yaml')];
      writeFileSync(list, JSON.stringify({ kind: 'List', items: [definition, definition] }));
      writeFileSync(several, `---\n${JSON.stringify(definition)}\n---\n${JSON.stringify(definition)}\n`);
      expect(readDefinitions([list, several])).to.deep.equal(Array(4).fill(definition));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
