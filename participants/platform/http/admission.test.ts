/** Which requests admission refuses, and which addresses it counts as one. */
import { expect } from 'chai';
import { admission } from './admission.ts';
import { addressOf } from './client-address.ts';

const limits = {
  user: { perSecond: 1, burst: 2 },
  address: { perSecond: 1, burst: 4 },
  service: { perSecond: 1000, burst: 1000 },
};
const customer = (subject: string) => ({ subject, role: 'customer' }) as const;
const service = { subject: 'shop', role: 'service' } as const;

describe('admission', () => {
  const open = () => admission(limits, () => 0);

  it('refuses a user who sends too many requests from any addresses, with retry-after', () => {
    const limiter = open();
    const answers = ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map((from) =>
      limiter.refusal('request', customer('ada'), from),
    );
    expect(answers.map((problem) => problem?.kind ?? null)).to.deep.equal([null, null, 'too-many-requests']);
    expect(answers[2]?.headers).to.deep.equal({ 'retry-after': '1' });
  });

  it('counts reads apart from requests', () => {
    const limiter = open();
    for (const from of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) limiter.refusal('read', customer('ada'), from);
    expect(limiter.refusal('request', customer('ada'), '4.4.4.4')).to.equal(null);
  });

  it('refuses an address with too many users, or with invalid tokens', () => {
    const limiter = open();
    const users = ['a', 'b', 'c', 'd', 'e'].map((user) =>
      limiter.refusal('request', customer(user), '1.1.1.1'),
    );
    expect(users.map((problem) => problem === null)).to.deep.equal([true, true, true, true, false]);
    expect(limiter.refusal('request', null, '1.1.1.1')).not.to.equal(null);
    expect(limiter.refusal('request', null, '2.2.2.2')).to.equal(null);
  });

  it('admits many requests of a backend from one address', () => {
    const limiter = open();
    const answers = Array.from({ length: 1000 }, () => limiter.refusal('request', service, '1.1.1.1'));
    expect(answers.every((problem) => problem === null)).to.equal(true);
    expect(limiter.refusal('request', service, '1.1.1.1')).not.to.equal(null);
  });

  it('counts a whole /64 as one address', () => {
    const limiter = open();
    const from = [
      '2001:db8::1',
      '2001:db8:0:0:1::2',
      '2001:db8:0:0:ffff::',
      '2001:db8::2:3:4',
      '2001:db8::5',
    ];
    const answers = from.map((address, i) => limiter.refusal('request', customer(`u${i}`), address));
    expect(answers.map((problem) => problem === null)).to.deep.equal([true, true, true, true, false]);
    expect(limiter.refusal('request', customer('other'), '2001:db8:0:1::1')).to.equal(null);
  });
});

describe('the address of a request', () => {
  const request = (forwarded?: string) => ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: '10.0.0.1' },
  });
  it('is the peer’s without a proxy of ours, whatever X-Forwarded-For holds', () => {
    expect(addressOf(request('6.6.6.6'), 0)).to.equal('10.0.0.1');
  });
  it('is the one that our outermost proxy appended', () => {
    expect(addressOf(request('6.6.6.6, 1.2.3.4'), 1)).to.equal('1.2.3.4');
    expect(addressOf(request('6.6.6.6, 1.2.3.4, 10.0.0.2'), 2)).to.equal('1.2.3.4');
  });
  it('is the peer’s when a proxy appended none', () => {
    expect(addressOf(request(), 1)).to.equal('10.0.0.1');
  });
});
