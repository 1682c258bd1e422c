/** The audit shows which brake, key or batch an entry is about, and nothing that may be a person's. */
import { expect } from 'chai';
import { parametersShown } from './audit-parameters.ts';

describe('the parameters that the audit shows', () => {
  it('are those that name the product’s own things', () => {
    for (const params of [
      { holds: 'payment.charge' },
      { brakeId: '019a0000-0000-7000-8000-000000000001', perSecond: 20 },
      { keyId: '0123456789abcdef', holder: 'shop-backend', expiresAt: '2027-01-01T00:00:00.000Z' },
      { force: false, total: 412 },
      { partition: 0, offset: 17, fields: ['/data/amount'] },
      { viewId: 'v', shared: true, sort: 'newest', filters: ['customerId'] },
      { definition: 'order', version: 2, before: null },
    ])
      expect(parametersShown(params)).to.deep.equal(params);
  });

  it('are none that may hold an address, an id of a customer, evidence or a document', () => {
    expect(
      parametersShown({
        input: { shippingAddress: { name: 'Ann' } },
        context: {},
        evidence: 'a letter of Ann',
        result: { chargeId: 'ch_1' },
        subject: 'ann@example.org',
        tokenId: 'jti',
        entries: [[1, 'hash']],
        journals: { a: 'b' },
        planHash: 'b',
      }),
    ).to.deep.equal({});
  });

  it('are of a simple form, and bounded', () => {
    expect(
      parametersShown({ holds: { name: 'Ann' }, fields: [['nested']], holder: 'x'.repeat(201) }),
    ).to.deep.equal({});
    expect(parametersShown({ fields: Array(60).fill('f') })['fields']).to.have.length(50);
  });
});
