/** Deciding in memory: first come, first served, once a user, as many as there are, and the same again later. */
import { expect } from 'chai';
import type { AcceptedRequest } from './answer.ts';
import { CheckpointBehind, decideRequests, type Item, type LockedRows } from './decide-requests.ts';
import { type Campaign, type Checkpoint, type Coupon, claimantKey } from './store.ts';
import { campaign, OPEN_AT } from './testing/requests.ts';

const later = (ms: number) => new Date(OPEN_AT.getTime() + ms);

describe('the decision of a batch', () => {
  const two = campaign(2);
  let offset: number;
  beforeEach(() => {
    offset = 0;
  });

  const asks = (userId: string, changes: Partial<AcceptedRequest> = {}): Item => {
    const position = { partition: 0, offset: offset++, acceptedAt: OPEN_AT };
    const request = { ...position, id: `request ${position.offset}`, campaignId: two.id, userId, ...changes };
    return { ...position, acceptedAt: request.acceptedAt, request };
  };
  const checkpoint = (next: number): Checkpoint => ({ partition: 0, next, acceptedUntil: null });
  const decide = (items: Item[], cache: Partial<LockedRows> & { of?: Campaign } = {}) => {
    const { of = two, ...rest } = cache;
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
  const said = ({ answered }: ReturnType<typeof decide>) =>
    answered.map(({ answer }) => (answer.state === 'failed' ? answer.reason : answer.state));
  const couponsOf = (coupons: readonly Coupon[]) => new Map(coupons.map((one) => [claimantKey(one), one]));

  it('gives as many as there are, in order, and the boundary may lie inside a batch', () => {
    const decision = decide([asks('ada'), asks('bob'), asks('carl')]);
    expect(said(decision)).to.deep.equal(['issued', 'issued', 'sold-out']);
    expect(decision.made.map(({ userId }) => userId)).to.deep.equal(['ada', 'bob']);
    expect([...decision.issued]).to.deep.equal([[two.id, 2]]);
    expect(decision.checkpoints.map(({ next }) => next)).to.deep.equal([3]);
  });

  it('counts what was issued before', () => {
    expect(said(decide([asks('ada'), asks('bob')], { of: { ...two, issued: 1 } }))).to.deep.equal([
      'issued',
      'sold-out',
    ]);
  });

  it('gives a user one, links the first, and wastes none on the second', () => {
    const decision = decide([asks('ada'), asks('ada'), asks('bob')]);
    expect(said(decision)).to.deep.equal(['issued', 'duplicate', 'issued']);
    const second = decision.answered[1]?.answer;
    expect(second).to.deep.include({ reason: 'duplicate', first: decision.made[0] });
  });

  it('answers the same request again as it was answered, wherever it lies', () => {
    const decision = decide([asks('ada', { id: 'twice' }), asks('ada', { id: 'twice' })]);
    expect(said(decision)).to.deep.equal(['issued', 'issued']);
    expect(decision.made).to.have.length(1);
  });

  it('opens and closes by the time of acceptance', () => {
    const times = { ...two, total: 9, startsAt: later(10), endsAt: later(20) };
    const at = (ms: number) => asks(`user ${ms}`, { acceptedAt: later(ms) });
    expect(said(decide([at(9), at(10), at(19), at(20)], { of: times }))).to.deep.equal([
      'not-open',
      'issued',
      'issued',
      'not-open',
    ]);
    const closed = { ...two, closedAt: later(5) };
    expect(
      said(
        decide([asks('x', { acceptedAt: later(4) }), asks('y', { acceptedAt: later(5) })], {
          of: closed,
          checkpoints: new Map([[0, checkpoint(4)]]),
        }),
      ),
    ).to.deep.equal(['issued', 'not-open']);
  });

  it('calls a campaign nobody made not open', () => {
    expect(said(decide([asks('ada', { campaignId: crypto.randomUUID() })]))).to.deep.equal(['not-open']);
  });

  it('decides nothing below the checkpoint, but answers: what the rows say, however they came about', () => {
    const first = decide([asks('ada'), asks('ada'), asks('bob'), asks('carl')]);
    offset = 0;
    const again = decide([asks('ada'), asks('ada'), asks('bob'), asks('carl'), asks('dora')], {
      of: { ...two, issued: 2 },
      checkpoints: new Map([[0, checkpoint(4)]]),
      coupons: couponsOf(first.made),
    });
    expect(said(again)).to.deep.equal([...said(first), 'sold-out']);
    expect(again.answered.map(({ repeated }) => repeated)).to.deep.equal([true, true, true, true, false]);
    expect(again.made).to.deep.equal([]);
    expect(again.answered.slice(0, 4).map(({ answer }) => answer)).to.deep.equal(
      first.answered.map(({ answer }) => answer),
    );
  });

  it('says of a request that came too early so also after a later one of its user has won', () => {
    const times = { ...two, startsAt: later(10) };
    const both = () => {
      offset = 0;
      return [asks('ada'), asks('ada', { acceptedAt: later(10) })];
    };
    const first = decide(both(), { of: times });
    expect(said(first)).to.deep.equal(['not-open', 'issued']);
    const again = decide(both(), {
      of: { ...times, issued: 1 },
      checkpoints: new Map([[0, checkpoint(2)]]),
      coupons: couponsOf(first.made),
    });
    expect(said(again)).to.deep.equal(said(first));
  });

  it('passes what nobody can read, and notes that it was lost', () => {
    const bad = { ...asks('ada'), request: null };
    const decision = decide([bad, asks('bob')]);
    expect(said(decision)).to.deep.equal(['issued']);
    expect(decision.lost).to.deep.equal([{ partition: 0, from: 0, to: 1 }]);
    expect(decision.checkpoints.map(({ next }) => next)).to.deep.equal([2]);
  });

  it('notes as lost what the log no longer has where reading was begun', () => {
    offset = 5;
    const decision = decide([asks('ada')], { begun: new Map([[0, 0]]) });
    expect(decision.lost).to.deep.equal([{ partition: 0, from: 0, to: 5 }]);
    expect(said(decision)).to.deep.equal(['issued']);
  });

  it('decides nothing beyond a checkpoint it did not begin at: the database went back', () => {
    offset = 5;
    const items = [asks('ada')];
    expect(() => decide(items)).to.throw(CheckpointBehind);
    expect(() => decide(items, { begun: new Map([[0, 3]]) })).to.throw(CheckpointBehind);
    expect(() => decide(items, { checkpoints: new Map() })).to.throw(CheckpointBehind);
  });
});
