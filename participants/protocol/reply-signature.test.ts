import { expect } from 'chai';
import type { InRecord } from './envelope.ts';
import { TerminalError } from './errors.ts';
import { checkSignature, SIGNATURE_HEADER, signatureOf } from './reply-signature.ts';

const VALUE = '{"source":"/payment"}';
const KEYS = new Map([
  ['payment', ['the next key', 'the present key']],
  ['shipping', ['another key']],
]);

const record = (signature?: string, value = VALUE): InRecord => ({
  ...{ topic: 'saga-replies', partition: 0, offset: 0, key: 'a', value: Buffer.from(value), timestamp: 0 },
  headers: signature === undefined ? {} : { [SIGNATURE_HEADER]: signature },
});
const problemOf = (one: InRecord, participant = 'payment') => {
  try {
    checkSignature(KEYS, participant, one);
    return null;
  } catch (error) {
    if (error instanceof TerminalError) return `${error.code}: ${error.message}`;
    throw error;
  }
};

describe('a signature of a reply', () => {
  it('holds under each of its participant’s keys', () => {
    for (const key of ['the next key', 'the present key'])
      expect(problemOf(record(signatureOf(key, VALUE)))).to.equal(null);
  });

  it('is missed', () => {
    const reason = 'bad-signature: it claims to be from payment, and bears no signature';
    expect(problemOf(record())).to.equal(reason);
    const { headers: _, ...withoutHeaders } = record();
    expect(problemOf(withoutHeaders)).to.equal(reason);
  });

  it('does not hold under another’s key, for other bytes, cut, or of a participant without a key', () => {
    const good = signatureOf('the present key', VALUE);
    for (const [one, participant] of [
      [record(signatureOf('another key', VALUE))],
      [record(good, `${VALUE} `)],
      [record(good.slice(0, -1))],
      [record('')],
      [record(good), 'inventory'],
    ] as const)
      expect(problemOf(one, participant)).to.match(
        /^bad-signature: it claims to be from .* did not sign it$/,
      );
  });
});
