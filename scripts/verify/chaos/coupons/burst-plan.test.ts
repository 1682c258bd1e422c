import { expect } from 'chai';
import { burstPlan, SIZES } from './burst-plan.ts';

describe('the plan of a burst', () => {
  const plan = burstPlan(SIZES.tiny, 7);

  it('has every user, as many requests as are wanted, and is the same for the same seed', () => {
    expect(plan).to.have.length(SIZES.tiny.requests);
    expect(new Set(plan.map(({ userId }) => userId)).size).to.equal(SIZES.tiny.users);
    expect(burstPlan(SIZES.tiny, 7)).to.deep.equal(plan);
    expect(burstPlan(SIZES.tiny, 8)).not.to.deep.equal(plan);
  });

  it('repeats some requests under their key, and has users request again', () => {
    const different = new Set(plan.map(({ userId, key }) => `${userId}/${key}`)).size;
    expect(different).to.be.within(SIZES.tiny.users + 1, SIZES.tiny.requests - 1);
  });
});
