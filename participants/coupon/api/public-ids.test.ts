/** Ids kept are those that would be written anew, whatever was kept before. */
import { expect } from 'chai';
import { publicIds } from './public-ids.ts';
import { type RequestRef, readRequestId } from './request-id.ts';
import { sealUnder } from './seal.ts';

const seal = sealUnder(Buffer.alloc(32, 1), 'public-ids-test');
const taken: RequestRef = {
  campaignId: '0199d3c4-1234-7abc-8def-0123456789ab',
  userId: 'ada',
  key: 'once',
  acceptedAtMs: 1_790_000_000_000,
  partition: 3,
  offset: 7,
};

describe('public ids', () => {
  it('are the same whenever they are asked for', () => {
    const ids = publicIds(seal);
    expect(ids.write(taken)).to.equal(ids.write({ ...taken }));
    expect(ids.write(taken)).to.equal(publicIds(seal).write(taken));
  });

  it('are each request’s own, in whatever one differs from what was kept of its place', () => {
    const ids = publicIds(seal);
    const others: RequestRef[] = [
      taken,
      { ...taken, partition: 4 },
      { ...taken, offset: 8 },
      { ...taken, userId: 'bob' },
      { ...taken, key: 'twice' },
      { ...taken, acceptedAtMs: taken.acceptedAtMs + 1 },
      { ...taken, campaignId: '0199d3c4-1234-7abc-8def-0123456789ac' },
      { campaignId: taken.campaignId, userId: 'ada', key: 'once', acceptedAtMs: 1, refused: 'sold-out' },
      taken,
    ];
    for (const ref of others) expect(readRequestId(seal, ids.write(ref))).to.deep.equal(ref);
  });
});
