/** A cached public id equals a freshly written one, whatever the cache held before. */
import { expect } from 'chai';
import { publicIds } from './public-ids.ts';
import { type RequestRef, readRequestId } from './request-id.ts';
import { sealUnder } from './seal.ts';

const seal = sealUnder(Buffer.alloc(32, 1), 'public-ids-test');
const accepted: RequestRef = {
  campaignId: '0199d3c4-1234-7abc-8def-0123456789ab',
  userId: 'ada',
  key: 'once',
  acceptedAtMs: 1_790_000_000_000,
  partition: 3,
  offset: 7,
};

describe('public ids', () => {
  it('are the same on every call', () => {
    const ids = publicIds(seal);
    expect(ids.write(accepted)).to.equal(ids.write({ ...accepted }));
    expect(ids.write(accepted)).to.equal(publicIds(seal).write(accepted));
  });

  it('differ for requests that differ in any field, at the same position too', () => {
    const ids = publicIds(seal);
    const others: RequestRef[] = [
      accepted,
      { ...accepted, partition: 4 },
      { ...accepted, offset: 8 },
      { ...accepted, userId: 'bob' },
      { ...accepted, key: 'twice' },
      { ...accepted, acceptedAtMs: accepted.acceptedAtMs + 1 },
      { ...accepted, campaignId: '0199d3c4-1234-7abc-8def-0123456789ac' },
      { campaignId: accepted.campaignId, userId: 'ada', key: 'once', acceptedAtMs: 1, refused: 'sold-out' },
      accepted,
    ];
    for (const ref of others) expect(readRequestId(seal, ids.write(ref))).to.deep.equal(ref);
  });
});
