/** The coupons' AsyncAPI document is valid by AsyncAPI's own schema, has every topic of S2, and fits what is really sent. */
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { TOPICS } from '../../wire/topics.ts';
import { requestMessage } from '../events.ts';
import { couponAsyncApi } from './asyncapi.ts';

interface Document {
  readonly channels: Record<string, { messages: Record<string, unknown> }>;
  readonly components: { schemas: Record<string, object> };
}

describe("the coupons' asyncapi.json", () => {
  const document = couponAsyncApi() as Document;
  const ajv = () => {
    const made = new Ajv({ strict: false, allErrors: true });
    formats.default(made);
    return made;
  };

  it('is an AsyncAPI 3.0 document', () => {
    const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
    const validate = ajv().compile(schema);
    expect(validate(document), JSON.stringify(validate.errors?.slice(0, 5), null, 1)).to.equal(true);
  });

  it('has every topic of the coupons', () => {
    const topics = TOPICS.filter(({ source }) => source === 'S2').map(({ name }) => name);
    expect(Object.keys(document.channels)).to.have.members(topics);
  });

  it('lets through what is really sent, and nothing that only looks like it', () => {
    const validator = ajv();
    validator.addSchema({ $id: 'doc', components: { schemas: document.components.schemas } });
    const validate = validator.getSchema('doc#/components/schemas/coupon.requested');
    const data = { campaignId: '0199a1c0-0000-7000-8000-000000000001', userId: 'ada' };
    const sent = JSON.parse(String(requestMessage('id', data, new Date(0)).value)) as object;
    expect(validate?.(sent), JSON.stringify(validate?.errors)).to.equal(true);
    expect(validate?.({ ...sent, data: { ...data, userId: 7 } })).to.equal(false);
  });
});
