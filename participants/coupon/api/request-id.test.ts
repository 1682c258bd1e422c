/** A public id opens to the request it was written from, and no altered or foreign text opens at all. */
import { expect } from 'chai';
import {
  keyOf,
  messageIdOf,
  REQUEST_ID_PURPOSE,
  type RequestRef,
  readRequestId,
  writeRequestId,
} from './request-id.ts';
import { sealUnder } from './seal.ts';

const secret = new TextEncoder().encode('a secret of at least thirty-two characters');
const seal = sealUnder(secret, REQUEST_ID_PURPOSE);
const request = {
  campaignId: '0199d3c4-1234-7abc-8def-0123456789ab',
  userId: 'ada',
  key: 'a-key',
  acceptedAtMs: 1_790_000_000_123,
};
const accepted: RequestRef = { ...request, partition: 5, offset: 123_456_789_012 };

describe('a request’s public id', () => {
  const refs: Record<string, RequestRef> = {
    'of an accepted request': accepted,
    'of the first message of a partition': { ...accepted, partition: 0, offset: 0 },
    'of one refused as sold out': { ...request, refused: 'sold-out' },
    'of one refused as a duplicate': { ...request, refused: 'duplicate' },
    'of one that the brokers did not confirm': { ...request, unplaced: true },
    'of a user with other letters': { ...accepted, userId: '김철수 / Ünïcode 🎟️' },
    'of the longest user and key': { ...accepted, userId: '한'.repeat(100), key: 'k'.repeat(100) },
  };
  for (const [what, ref] of Object.entries(refs)) {
    it(`${what} opens to the same request`, () => {
      const text = writeRequestId(seal, ref);
      expect(readRequestId(seal, text)).to.deep.equal(ref);
      expect(text)
        .to.match(/^[A-Za-z0-9_-]+$/)
        .and.to.equal(writeRequestId(seal, ref));
    });
  }

  it('does not open after a change of any character', () => {
    const text = writeRequestId(seal, accepted);
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(readRequestId(seal, text.slice(0, at) + other + text.slice(at + 1)), `at ${at}`).to.equal(null);
    }
  });

  it('does not open when cut, lengthened or encoded differently', () => {
    const text = writeRequestId(seal, accepted);
    for (let length = 0; length < text.length; length++) {
      expect(readRequestId(seal, text.slice(0, length)), `${length} characters`).to.equal(null);
    }
    for (const other of [`${text}A`, `${text}=`, `${text}\n`, ` ${text}`, text.repeat(8), '*'.repeat(100)]) {
      expect(readRequestId(seal, other), other).to.equal(null);
    }
  });

  it('does not open under another secret or purpose', () => {
    const text = writeRequestId(seal, accepted);
    const others = [
      sealUnder(new TextEncoder().encode('another secret of thirty-two characters'), REQUEST_ID_PURPOSE),
      sealUnder(secret, 'coupon-ticket/1'),
    ];
    for (const other of others) expect(readRequestId(other, text)).to.equal(null);
  });

  it('yields the message’s id, and the message’s id yields the key', () => {
    const id = messageIdOf(accepted);
    expect(keyOf(id, accepted.campaignId, accepted.userId)).to.equal(accepted.key);
    expect(keyOf(id, accepted.campaignId, 'bob')).to.equal(null);
  });
});
