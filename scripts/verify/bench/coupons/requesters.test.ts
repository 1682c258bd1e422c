import { expect } from 'chai';
import { requesters } from './requesters.ts';

describe('the order of requesters', () => {
  it('has one request of each user without repeats', () => {
    const { users, distinct } = requesters(1_000, 0);
    expect([...users]).to.deep.equal(Array.from({ length: 1_000 }, (_, n) => n));
    expect(distinct).to.equal(1_000);
  });

  it('holds the share of repeats, each of an earlier user', () => {
    const { users, distinct } = requesters(20_000, 5);
    const seen = new Set<number>();
    let repeats = 0;
    for (const user of users) {
      if (seen.has(user)) repeats += 1;
      else expect(user).to.equal(seen.size);
      seen.add(user);
    }
    expect(repeats).to.equal(999);
    expect(distinct).to.equal(seen.size);
    expect(distinct).to.equal(19_001);
  });

  it('repeats at once and much later', () => {
    const { users } = requesters(50_000, 10);
    const last = new Map<number, number>();
    const gaps: number[] = [];
    users.forEach((user, n) => {
      const before = last.get(user);
      if (before !== undefined) gaps.push(n - before);
      last.set(user, n);
    });
    expect(Math.min(...gaps)).to.be.below(20);
    expect(Math.max(...gaps)).to.be.above(5_000);
  });

  it('is the same in every run', () => {
    expect(requesters(500, 7)).to.deep.equal(requesters(500, 7));
  });
});
