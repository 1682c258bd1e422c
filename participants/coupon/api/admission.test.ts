/** Who is told to come again, and what counts as one address. */
import { expect } from 'chai';
import { addressOf, admission } from './admission.ts';

const limits = {
  user: { perSecond: 1, burst: 2 },
  address: { perSecond: 1, burst: 4 },
  service: { perSecond: 1000, burst: 1000 },
};
const customer = (subject: string) => ({ subject, role: 'customer' }) as const;
const service = { subject: 'shop', role: 'service' } as const;

describe('admission', () => {
  const open = () => admission(limits, () => 0);

  it('turns a user away who asks too often, wherever from, and says when to come again', () => {
    const door = open();
    const answers = ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map((from) =>
      door.refusal('ask', customer('ada'), from),
    );
    expect(answers.map((problem) => problem?.kind ?? null)).to.deep.equal([null, null, 'too-many-requests']);
    expect(answers[2]?.headers).to.deep.equal({ 'retry-after': '1' });
  });

  it('counts looking apart from asking', () => {
    const door = open();
    for (const from of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) door.refusal('look', customer('ada'), from);
    expect(door.refusal('ask', customer('ada'), '4.4.4.4')).to.equal(null);
  });

  it('turns an address away from which too many ask, or whose tokens are none', () => {
    const door = open();
    const users = ['a', 'b', 'c', 'd', 'e'].map((user) => door.refusal('ask', customer(user), '1.1.1.1'));
    expect(users.map((problem) => problem === null)).to.deep.equal([true, true, true, true, false]);
    expect(door.refusal('ask', null, '1.1.1.1')).not.to.equal(null);
    expect(door.refusal('ask', null, '2.2.2.2')).to.equal(null);
  });

  it('lets a backend ask for many, from one address', () => {
    const door = open();
    const answers = Array.from({ length: 1000 }, () => door.refusal('ask', service, '1.1.1.1'));
    expect(answers.every((problem) => problem === null)).to.equal(true);
    expect(door.refusal('ask', service, '1.1.1.1')).not.to.equal(null);
  });

  it('takes a whole /64 for one address', () => {
    const door = open();
    const from = [
      '2001:db8::1',
      '2001:db8:0:0:1::2',
      '2001:db8:0:0:ffff::',
      '2001:db8::2:3:4',
      '2001:db8::5',
    ];
    const answers = from.map((address, i) => door.refusal('ask', customer(`u${i}`), address));
    expect(answers.map((problem) => problem === null)).to.deep.equal([true, true, true, true, false]);
    expect(door.refusal('ask', customer('other'), '2001:db8:0:1::1')).to.equal(null);
  });
});

describe('the address of a request', () => {
  const request = (forwarded?: string) => ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: '10.0.0.1' },
  });
  it('is the peer’s where no proxy is ours, whatever is written in it', () => {
    expect(addressOf(request('6.6.6.6'), 0)).to.equal('10.0.0.1');
  });
  it('is what our outermost proxy saw', () => {
    expect(addressOf(request('6.6.6.6, 1.2.3.4'), 1)).to.equal('1.2.3.4');
    expect(addressOf(request('6.6.6.6, 1.2.3.4, 10.0.0.2'), 2)).to.equal('1.2.3.4');
  });
  it('is the peer’s where a proxy said nothing', () => {
    expect(addressOf(request(), 1)).to.equal('10.0.0.1');
  });
});
