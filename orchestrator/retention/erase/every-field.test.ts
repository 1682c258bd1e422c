/** No text of a saga's input survives an erasure, in the input or in a message made of it, but those that say nothing of a person. */
import { expect } from 'chai';
import * as z from 'zod';
import { sagas } from '#orchestrator/sagas/index.ts';
import { eraseDocument } from './erase-document.ts';

/** The texts that stay. A new field that says nothing of a person belongs here, and where `erase-document.ts` keeps it. */
const KEPT = ['items.0.sku', 'currency', 'shippingAddress.country', 'couponId'];
const CUSTOMER = 'ann@example.org';

type Schema = z.core.JSONSchema.BaseSchema;

/** A document of a JSON schema, with every optional field, whose texts are the paths of their fields. */
function filled(whole: Schema): Record<string, unknown> {
  const fill = (schema: Schema, path: readonly (string | number)[]): unknown => {
    const named = schema.$ref?.split('/').at(-1);
    if (named !== undefined) return fill(whole.$defs?.[named] as Schema, path);
    const [first] = schema.anyOf ?? schema.oneOf ?? [];
    if (first !== undefined) return fill(first as Schema, path);
    if (schema.type === 'object')
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, field]) => [
          name,
          fill(field as Schema, [...path, name]),
        ]),
      );
    if (schema.type === 'array') return [fill(schema.items as Schema, [...path, 0])];
    if (schema.type === 'string') return `«${path.join('.')}»`;
    if (schema.type === 'integer' || schema.type === 'number') return 1;
    throw new Error(`${path.join('.')} is of a kind that this test does not know: ${schema.type}`);
  };
  return fill(whole, []) as Record<string, unknown>;
}

/** The paths of the texts that are left of a document. */
const leftOf = (document: unknown): string[] => [
  ...new Set([...JSON.stringify(document).matchAll(/«([^»]+)»/g)].map(([, path = '']) => path)),
];

describe('the erasure of every field', () => {
  for (const { name, version, input, customerOf, begin, commands, events } of sagas()) {
    const texts = filled(z.toJSONSchema(input, { io: 'input' }));
    const customer = customerOf(texts);
    const own = JSON.parse(JSON.stringify(texts).replaceAll(customer, CUSTOMER));
    const erase = (document: unknown) =>
      leftOf(eraseDocument(document, { customerId: CUSTOMER, subject: 'erased-1' }));

    it(`of the input of ${name} v${version} leaves what says nothing of a person`, () => {
      expect(leftOf(own).length).to.be.above(KEPT.length);
      expect(erase({ input: own })).to.have.members(KEPT);
    });

    it(`of the messages of ${name} v${version} leaves no more`, () => {
      const specs = Object.entries({ ...commands, ...events });
      expect(specs.length).to.be.above(0);
      for (const [type, { data }] of specs) {
        const message = { type, data: data?.(own, begin(own)) ?? null };
        expect(KEPT, type).to.include.members(erase(message));
        expect(JSON.stringify(eraseDocument(message, { customerId: CUSTOMER, subject: 'x' }))).not.to.include(
          CUSTOMER,
        );
      }
    });
  }
});
