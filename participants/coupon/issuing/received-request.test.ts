/** Records of coupon-request become requests, or faults to park. */
import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { spanIdOf } from '#protocol/trace.ts';
import { requestMessage } from '../events.ts';
import { receiveRequest } from './received-request.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const campaignId = '0199f1c0-0000-7000-8000-000000000001';
const good = JSON.parse(
  String(requestMessage('the id', { campaignId, userId: 'ada' }, new Date(), TRACEPARENT).value),
);
const record = (value: unknown, key = 'ada'): InRecord => ({
  topic: 'coupon-request',
  partition: 2,
  offset: 7,
  key,
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  timestamp: 1_000,
});
const read = (value: unknown, key?: string) => receiveRequest(record(value, key), 0);

describe('a record of coupon-request', () => {
  it('becomes a request, with the brokers’ position and time', () => {
    const acceptedAt = new Date(1_000);
    const { request, traceparent } = read(good);
    expect(request).to.deep.equal({
      id: 'the id',
      campaignId,
      userId: 'ada',
      partition: 2,
      offset: 7,
      acceptedAt,
    });
    expect(traceparent, 'of the span that sent it').to.equal(
      `00-0af7651916cd43dd8448eb211c80319c-${spanIdOf('the id')}-01`,
    );
  });

  it('becomes a request with escapes, an upper-case campaign id, and unknown fields', () => {
    const name = 'zoë';
    const escaped = JSON.stringify({ ...good, subject: name, data: { campaignId, userId: name } });
    expect(read(escaped.replaceAll('ë', '\\u00eb'), name).request?.userId).to.equal(name);
    const shouted = { ...good, data: { campaignId: campaignId.toUpperCase(), userId: 'ada' } };
    expect(read(shouted).request).to.include({ campaignId });
    expect(read({ ...good, more: 1, data: { ...good.data, more: 2 } }).request?.id).to.equal('the id');
  });

  const faults: Record<string, [code: string, value: unknown, key?: string]> = {
    'that is no JSON': ['not-json', 'x'],
    'that is no envelope': ['not-an-envelope', { data: {} }],
    'of another type': ['unknown-type', { ...good, type: 'coupon.issued' }],
    'from another source': ['foreign-source', { ...good, source: '/shop' }],
    'without a user': ['invalid-data', { ...good, data: { campaignId } }],
    'of no campaign': ['invalid-data', { ...good, data: { campaignId: 'x', userId: 'ada' } }],
    'under another key': ['wrong-key', good, 'bob'],
    'with another subject': ['wrong-key', { ...good, subject: 'bob' }],
    'with an id too long to be answered': ['invalid-data', { ...good, id: 'x'.repeat(251) }],
    'with text PostgreSQL refuses': ['unsafe-text', { ...good, id: 'a\u0000' }],
  };
  it('under a key that is no UTF-8 is parked, though as text it is the user', () => {
    const userId = 'ad\ufffd';
    const forged = JSON.stringify({ ...good, subject: userId, data: { campaignId, userId } });
    const keyBytes = Buffer.from([0x61, 0x64, 0xff]);
    expect(receiveRequest(record(forged, userId), 0).fault).to.equal(null);
    expect(receiveRequest({ ...record(forged, userId), keyBytes }, 0).fault?.code).to.equal('wrong-key');
  });

  for (const [what, [code, value, key]] of Object.entries(faults)) {
    it(`${what} is parked`, () => {
      const { request, fault } = read(value, key);
      expect([request, fault?.code]).to.deep.equal([null, code]);
    });
  }
});
