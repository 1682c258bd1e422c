/** Reads the outcomes of requests in groups: thousands of clients may read at once, and a group costs one round of queries. */
import { type GroupCommit, type GroupCommitOptions, groupCommit } from '#platform/batching/group-commit.ts';
import type { AcceptedRequest } from '../issuing/answer.ts';
import { readAnswers } from '../issuing/read-answers.ts';
import { type Coupon, type CouponReads, claimantKey } from '../issuing/store.ts';
import { type Outcome, outcomeOf, PENDING } from './outcome.ts';
import { isPlaced, messageIdOf, type PlacedRef, type RequestRef } from './request-id.ts';

const GROUP_MAX = 500;
const QUEUE_MAX = 20_000;
/** The pool's connections that lookups may use. */
const GROUPS_IN_FLIGHT = 2;
const WAIT_MAX_MS = 4_000;

export type Lookups = GroupCommit<RequestRef, Outcome | 'too-late'>;

/** @param linger how long a lookup may wait for others, by the load */
export function openLookups(
  reads: CouponReads,
  linger: GroupCommitOptions<unknown, unknown>['lingerMs'],
  now: () => number,
): Lookups {
  return groupCommit<RequestRef, Outcome | 'too-late'>({
    commit: (refs) => outcomesOf(reads, refs),
    tooLate: 'too-late',
    lingerMs: linger,
    groupMax: GROUP_MAX,
    queueMax: QUEUE_MAX,
    inFlightMax: GROUPS_IN_FLIGHT,
    waitMaxMs: WAIT_MAX_MS,
    now,
  });
}

/** The outcomes of some requests, in their order. */
export async function outcomesOf(reads: CouponReads, refs: readonly RequestRef[]): Promise<Outcome[]> {
  const accepted = refs.filter(isPlaced).map(acceptedOf);
  const others = refs.filter((ref) => !isPlaced(ref));
  const unplaced = others.filter((ref) => ref.unplaced);
  // The campaigns first: a coupon that sold its campaign out is then among the coupons read.
  const campaigns =
    unplaced.length === 0
      ? []
      : await reads.campaigns([...new Set(unplaced.map(({ campaignId }) => campaignId))]);
  const soldOut = new Set(campaigns.filter(({ issued, total }) => issued >= total).map(({ id }) => id));
  const [answers, coupons] = await Promise.all([
    accepted.length === 0 ? [] : readAnswers(reads, accepted),
    reads.coupons(others),
  ]);
  const couponOf = new Map(coupons.map((coupon) => [claimantKey(coupon), coupon]));
  const next = answers.values();
  return refs.map((ref) => {
    if (ref.refused !== undefined) return refusedOutcome(ref, ref.refused, couponOf.get(claimantKey(ref)));
    if (ref.unplaced)
      return unplacedOutcome(ref, couponOf.get(claimantKey(ref)), soldOut.has(ref.campaignId));
    const answer = next.next().value;
    return answer === undefined ? PENDING : outcomeOf(answer);
  });
}

/** The outcome of a request that the cache refused. The rows override the refusal: an earlier message of it may have won. */
function refusedOutcome(
  ref: RequestRef,
  reason: 'sold-out' | 'duplicate',
  coupon: Coupon | undefined,
): Outcome {
  if (coupon?.requestId === messageIdOf(ref)) {
    return { status: 'issued', couponId: coupon.id, validUntil: coupon.validUntil };
  }
  return { status: 'failed', reason, first: reason === 'duplicate' ? (coupon ?? null) : null };
}

/**
 * The outcome of a request whose position is unknown. Without a coupon of its user it stays pending, since the brokers may
 * have it or get it yet, until the campaign is sold out.
 */
function unplacedOutcome(ref: RequestRef, coupon: Coupon | undefined, isSoldOut: boolean): Outcome {
  if (coupon !== undefined) return refusedOutcome(ref, 'duplicate', coupon);
  return isSoldOut ? { status: 'failed', reason: 'sold-out', first: null } : PENDING;
}

function acceptedOf(ref: PlacedRef): AcceptedRequest {
  const { campaignId, userId, partition, offset, acceptedAtMs } = ref;
  return { id: messageIdOf(ref), campaignId, userId, partition, offset, acceptedAt: new Date(acceptedAtMs) };
}
