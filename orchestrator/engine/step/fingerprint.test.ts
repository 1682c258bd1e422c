import { expect } from 'chai';
import { fingerprintOf, normalizedText } from './fingerprint.ts';

const PAYMENT = { participant: 'payment', code: 'gateway-unavailable' };

describe('the fingerprint of a failure', () => {
  for (const [one, another] of [
    [
      '0199d3c4-0000-7000-8000-000000000001/payment.charge: timed out',
      '0199d3c4-0000-7000-8000-0000000000FF/payment.charge: timed out',
    ],
    ['pi_3PQabc123XYZ does not exist', 'pi_1ZZdef456UVW does not exist'],
    ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.17:6432'],
    ['no "blue-mug" in stock', 'no "red-mug" in stock'],
    [`no 'blue mug' in stock`, `no 'red' in stock`],
    ['the attempt took 12.5 s,  of 10 s', 'the attempt took 3 s, of 10 s'],
    ['mail to ada@example.org was refused', 'mail to bob@example.com was refused'],
  ] as const) {
    it(`is one for "${one}" and "${another}"`, () => {
      expect(fingerprintOf({ ...PAYMENT, text: one })).to.equal(fingerprintOf({ ...PAYMENT, text: another }));
    });
  }

  it('differs by participant, by code and by what the text says', () => {
    const text = 'timed out after 10 s';
    const prints = [
      { ...PAYMENT, text },
      { ...PAYMENT, participant: 'shipping', text },
      { ...PAYMENT, code: 'slow', text },
      { ...PAYMENT, text: 'refused after 10 s' },
    ].map(fingerprintOf);
    expect(new Set(prints).size).to.equal(4);
    for (const print of prints) expect(print).to.match(/^[0-9a-f]{16}$/);
  });

  it('keeps the words of a text', () => {
    expect(normalizedText("the gateway didn't answer; it's down")).to.equal(
      "the gateway didn't answer; it's down",
    );
    expect(normalizedText('0199d3c4-0000-7000-8000-000000000001/payment.refund#2 was refused')).to.equal(
      '<id>/payment.refund was refused',
    );
  });

  it('takes any length of text', () => {
    const text = 'x1y2'.repeat(1_000_000);
    expect(fingerprintOf({ ...PAYMENT, text })).to.match(/^[0-9a-f]{16}$/);
  });
});
