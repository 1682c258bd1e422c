/** The coupons' AsyncAPI document is valid, has every topic of the coupons, and accepts the published messages. */
import { expect } from 'chai';
import { type AsyncApiDocument, faultsOfAsyncApi, validatorOf } from '#protocol/testing/asyncapi.ts';
import { TOPICS } from '#protocol/topics.ts';
import { requestMessage } from '../events.ts';
import { couponAsyncApi } from './asyncapi.ts';

describe("the coupons' asyncapi.json", () => {
  const document = couponAsyncApi() as AsyncApiDocument;

  it('is clean by AsyncAPI’s linter', async () => {
    expect(await faultsOfAsyncApi(document)).to.deep.equal([]);
  });

  it('has every topic of the coupons', () => {
    const topics = TOPICS.filter(({ flow }) => flow === 'coupons').map(({ name }) => name);
    expect(Object.keys(document.channels)).to.have.members(topics);
  });

  it('accepts a published message, and rejects one with a field of another type', () => {
    const validate = validatorOf(document, 'coupon.requested');
    const data = { campaignId: '0199a1c0-0000-7000-8000-000000000001', userId: 'ada' };
    const sent = JSON.parse(String(requestMessage('id', data, new Date(0)).value)) as object;
    expect(validate(sent), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ ...sent, data: { ...data, userId: 7 } })).to.equal(false);
  });
});
