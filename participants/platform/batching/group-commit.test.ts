/** Group commit fills groups, bounds their number and their wait, and drops nothing. */
import { expect } from 'chai';
import { type GroupCommitOptions, groupCommit } from './group-commit.ts';

interface Committing {
  readonly items: readonly number[];
  readonly done: (results: readonly string[]) => void;
  readonly failed: (error: Error) => void;
}

/** A group commit whose commits a test completes. */
function setUp(options: Partial<GroupCommitOptions<number, string>> = {}) {
  const commits: Committing[] = [];
  const clock = { nowMs: 0 };
  const group = groupCommit<number, string>({
    commit: (items) => new Promise((done, failed) => commits.push({ items, done, failed })),
    tooLate: 'too late',
    lingerMs: () => 60_000,
    groupMax: 2,
    queueMax: 100,
    inFlightMax: 2,
    waitMaxMs: 1_000,
    now: () => clock.nowMs,
    ...options,
  });
  const finish = (nth: number) => commits[nth]?.done(commits[nth].items.map((item) => `took ${item}`));
  return { group, commits, clock, finish };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('commits a full group at once, and resolves each item with its own result', async () => {
    const { group, commits, finish } = setUp();
    const results = [group.add(1), group.add(2)];
    expect(commits.map(({ items }) => items)).to.deep.equal([[1, 2]]);
    finish(0);
    expect(await Promise.all(results)).to.deep.equal(['took 1', 'took 2']);
  });

  it('commits a group that is not full when its linger ends', async () => {
    const { group, finish, commits } = setUp({ lingerMs: () => 1 });
    const result = group.add(1);
    while (commits.length === 0) await turn();
    finish(0);
    expect(await result).to.equal('took 1');
  });

  it('commits the items of one turn together in the next, without a linger', async () => {
    const { group, commits } = setUp({ groupMax: 10, lingerMs: () => 0 });
    void group.add(1);
    void group.add(2);
    expect(commits).to.have.length(0);
    await turn();
    expect(commits.map(({ items }) => items)).to.deep.equal([[1, 2]]);
  });

  it('keeps at most inFlightMax groups in flight, and starts the next when one returns', async () => {
    const { group, commits, finish } = setUp();
    const results = [1, 2, 3, 4, 5, 6].map((item) => group.add(item));
    expect(commits).to.have.length(2);
    expect(group.length).to.equal(2);
    finish(1);
    await turn();
    expect(commits.map(({ items }) => items)).to.deep.equal([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    finish(0);
    finish(2);
    expect(await Promise.all(results)).to.deep.equal([1, 2, 3, 4, 5, 6].map((item) => `took ${item}`));
  });

  it('starts a due group with the next item when no timer fires', async () => {
    const { group, commits, clock } = setUp({ groupMax: 10, lingerMs: () => 500 });
    void group.add(1);
    clock.nowMs = 500;
    void group.add(2);
    expect(commits).to.have.length(0);
    clock.nowMs = 501;
    void group.add(3);
    expect(commits.map(({ items }) => items)).to.deep.equal([[1, 2, 3]]);
  });

  it('refuses an item beyond its bound', () => {
    const { group } = setUp({ queueMax: 1, groupMax: 10 });
    expect(group.add(1)).not.to.equal(null);
    expect(group.add(2)).to.equal(null);
  });

  it('resolves items that waited too long as too late, without committing them', async () => {
    const { group, commits, clock, finish } = setUp({ inFlightMax: 1 });
    const first = [group.add(1), group.add(2)];
    const late = [group.add(3), group.add(4)];
    clock.nowMs = 1_001;
    const timely = [group.add(5), group.add(6)];
    finish(0);
    await Promise.all(first);
    expect(await Promise.all(late)).to.deep.equal(['too late', 'too late']);
    expect(commits.map(({ items }) => items)).to.deep.equal([
      [1, 2],
      [5, 6],
    ]);
    finish(1);
    await Promise.all(timely);
  });

  it('rejects the whole group of a failed commit, and goes on', async () => {
    const { group, commits, finish } = setUp();
    const failing = [group.add(1), group.add(2)];
    commits[0]?.failed(new Error('gone'));
    const outcomes = await Promise.allSettled(failing);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    const next = [group.add(3), group.add(4)];
    finish(1);
    expect(await Promise.all(next)).to.deep.equal(['took 3', 'took 4']);
  });

  it('commits the queue before it closes, and accepts no more', async () => {
    const { group, commits, finish } = setUp({ inFlightMax: 1 });
    const results = [1, 2, 3].map((item) => group.add(item));
    let closed = false;
    const closing = group.close().then(() => {
      closed = true;
    });
    expect(group.add(4)).to.equal(null);
    finish(0);
    await turn();
    expect(commits.map(({ items }) => items)).to.deep.equal([[1, 2], [3]]);
    expect(closed).to.equal(false);
    finish(1);
    await closing;
    expect(await Promise.all(results)).to.deep.equal(['took 1', 'took 2', 'took 3']);
  });
});
