/** Decisions in memory: first come, first served, one coupon a user, never more than the total, and repeatable. */
import { expect } from 'chai';
import type { AcceptedRequest } from './answer.ts';
import {
  AnotherLog,
  CheckpointBehind,
  decideRequests,
  type Item,
  type LockedRows,
} from './decide-requests.ts';
import { type Campaign, type Checkpoint, type Coupon, claimantKey } from './store.ts';
import { campaign, OPEN_AT } from './testing/requests.ts';

const later = (ms: number) => new Date(OPEN_AT.getTime() + ms);

describe('the decision of a batch', () => {
  const two = campaign(2);
  let offset: number;
  beforeEach(() => {
    offset = 0;
  });

  const request = (userId: string, changes: Partial<AcceptedRequest> = {}): Item => {
    const position = { partition: 0, offset: offset++, acceptedAt: OPEN_AT };
    const accepted = {
      ...position,
      id: `request ${position.offset}`,
      campaignId: two.id,
      userId,
      ...changes,
    };
    return { ...position, acceptedAt: accepted.acceptedAt, request: accepted };
  };
  const checkpoint = (next: number, acceptedUntil = next === 0 ? null : later(100)): Checkpoint => ({
    partition: 0,
    next,
    acceptedUntil,
  });
  const decide = (items: Item[], rows: Partial<LockedRows> & { of?: Campaign } = {}) => {
    const { of = two, ...rest } = rows;
    let made = 0;
    return decideRequests(
      items,
      {
        checkpoints: new Map([[0, checkpoint(0)]]),
        campaigns: new Map([[of.id, of]]),
        coupons: new Map(),
        lost: [],
        begun: new Map(),
        ...rest,
      },
      () => `coupon ${made++}`,
      later(1_000),
    );
  };
  const answersOf = ({ answered }: ReturnType<typeof decide>) =>
    answered.map(({ answer }) => (answer.state === 'failed' ? answer.reason : answer.state));
  const couponsOf = (coupons: readonly Coupon[]) => new Map(coupons.map((one) => [claimantKey(one), one]));

  it('issues up to the total, in order, when stock ends inside a batch', () => {
    const decision = decide([request('ada'), request('bob'), request('carl')]);
    expect(answersOf(decision)).to.deep.equal(['issued', 'issued', 'sold-out']);
    expect(decision.made.map(({ userId }) => userId)).to.deep.equal(['ada', 'bob']);
    expect([...decision.issued]).to.deep.equal([[two.id, 2]]);
    expect(decision.checkpoints.map(({ next }) => next)).to.deep.equal([3]);
  });

  it('counts coupons issued before', () => {
    expect(answersOf(decide([request('ada'), request('bob')], { of: { ...two, issued: 1 } }))).to.deep.equal([
      'issued',
      'sold-out',
    ]);
  });

  it('gives a user one coupon, and refuses the second request with a link to the first', () => {
    const decision = decide([request('ada'), request('ada'), request('bob')]);
    expect(answersOf(decision)).to.deep.equal(['issued', 'duplicate', 'issued']);
    const second = decision.answered[1]?.answer;
    expect(second).to.deep.include({ reason: 'duplicate', first: decision.made[0] });
  });

  it('gives the same answer to a request that was sent twice', () => {
    const decision = decide([request('ada', { id: 'twice' }), request('ada', { id: 'twice' })]);
    expect(answersOf(decision)).to.deep.equal(['issued', 'issued']);
    expect(decision.made).to.have.length(1);
  });

  it('opens and closes by the time of acceptance', () => {
    const times = { ...two, total: 9, startsAt: later(10), endsAt: later(20) };
    const at = (ms: number) => request(`user ${ms}`, { acceptedAt: later(ms) });
    expect(answersOf(decide([at(9), at(10), at(19), at(20)], { of: times }))).to.deep.equal([
      'not-open',
      'issued',
      'issued',
      'not-open',
    ]);
    const closed = { ...two, closedAt: later(5) };
    expect(
      answersOf(
        decide([request('x', { acceptedAt: later(4) }), request('y', { acceptedAt: later(5) })], {
          of: closed,
          checkpoints: new Map([[0, checkpoint(4)]]),
        }),
      ),
    ).to.deep.equal(['issued', 'not-open']);
  });

  it('answers not-open for an unknown campaign', () => {
    expect(answersOf(decide([request('ada', { campaignId: crypto.randomUUID() })]))).to.deep.equal([
      'not-open',
    ]);
  });

  it('answers requests below the checkpoint from the rows, and decides none of them', () => {
    const first = decide([request('ada'), request('ada'), request('bob'), request('carl')]);
    offset = 0;
    const again = decide([request('ada'), request('ada'), request('bob'), request('carl'), request('dora')], {
      of: { ...two, issued: 2 },
      checkpoints: new Map([[0, checkpoint(4)]]),
      coupons: couponsOf(first.made),
    });
    expect(answersOf(again)).to.deep.equal([...answersOf(first), 'sold-out']);
    expect(again.answered.map(({ repeated }) => repeated)).to.deep.equal([true, true, true, true, false]);
    expect(again.made).to.deep.equal([]);
    expect(again.answered.slice(0, 4).map(({ answer }) => answer)).to.deep.equal(
      first.answered.map(({ answer }) => answer),
    );
  });

  it('repeats not-open for an early request after a later request of its user won', () => {
    const times = { ...two, startsAt: later(10) };
    const both = () => {
      offset = 0;
      return [request('ada'), request('ada', { acceptedAt: later(10) })];
    };
    const first = decide(both(), { of: times });
    expect(answersOf(first)).to.deep.equal(['not-open', 'issued']);
    const again = decide(both(), {
      of: { ...times, issued: 1 },
      checkpoints: new Map([[0, checkpoint(2)]]),
      coupons: couponsOf(first.made),
    });
    expect(answersOf(again)).to.deep.equal(answersOf(first));
  });

  it('passes an invalid record, and counts it as lost', () => {
    const bad = { ...request('ada'), request: null };
    const decision = decide([bad, request('bob')]);
    expect(answersOf(decision)).to.deep.equal(['issued']);
    expect(decision.lost).to.deep.equal([{ partition: 0, from: 0, to: 1 }]);
    expect(decision.checkpoints.map(({ next }) => next)).to.deep.equal([2]);
  });

  it('counts records missing after the starting checkpoint as lost', () => {
    offset = 5;
    const decision = decide([request('ada')], { begun: new Map([[0, 0]]) });
    expect(decision.lost).to.deep.equal([{ partition: 0, from: 0, to: 5 }]);
    expect(answersOf(decision)).to.deep.equal(['issued']);
  });

  // Regression: a recreated topic's request was answered `not-open` from the old log's rows, to a user with a coupon.
  it('throws AnotherLog for a record below the checkpoint that was accepted later than all decided ones', () => {
    const decided = (acceptedUntil: Date | null) => ({
      checkpoints: new Map([[0, checkpoint(5, acceptedUntil)]]),
    });
    const at = (ms: number) => [{ ...request('ada', { acceptedAt: later(ms) }), offset: 0 }];
    expect(answersOf(decide(at(10), decided(later(10))))).to.deep.equal(['sold-out']);
    expect(() => decide(at(11), decided(later(10)))).to.throw(AnotherLog);
    // Only lost requests were passed, which are in no log any more.
    expect(() => decide(at(11), decided(null))).to.throw(AnotherLog);
  });

  it('throws CheckpointBehind for a record beyond a checkpoint at which reading did not start', () => {
    offset = 5;
    const items = [request('ada')];
    expect(() => decide(items)).to.throw(CheckpointBehind);
    expect(() => decide(items, { begun: new Map([[0, 3]]) })).to.throw(CheckpointBehind);
    expect(() => decide(items, { checkpoints: new Map() })).to.throw(CheckpointBehind);
  });
});
