/** Looks requests up in the rows, by the batch: what anybody who waits for an answer may ask at any time. */
import { type AcceptedRequest, type Answer, answerOf, isIn } from './answer.ts';
import { type CouponReads, claimantKey } from './store.ts';

/**
 * The answers to some requests, in their order; `pending` where a partition's checkpoint has not passed one yet.
 * The checkpoints are read first: a row is committed with the checkpoint that passes it, so what is read after is complete.
 */
export async function readAnswers(
  reads: CouponReads,
  requests: readonly AcceptedRequest[],
): Promise<Answer[]> {
  const checkpoints = new Map((await reads.checkpoints()).map(({ partition, next }) => [partition, next]));
  const isDecided = ({ partition, offset }: AcceptedRequest) => offset < (checkpoints.get(partition) ?? 0);
  const decided = requests.filter(isDecided);
  if (decided.length === 0) return requests.map(() => ({ state: 'pending' }));
  const [coupons, campaigns, lost] = await Promise.all([
    reads.coupons(decided),
    reads.campaigns([...new Set(decided.map(({ campaignId }) => campaignId))]),
    reads.lost(decided),
  ]);
  const couponOf = new Map(coupons.map((coupon) => [claimantKey(coupon), coupon]));
  const campaignOf = new Map(campaigns.map((campaign) => [campaign.id, campaign]));
  return requests.map((request) => {
    if (!isDecided(request)) return { state: 'pending' };
    const known = {
      campaign: campaignOf.get(request.campaignId),
      coupon: couponOf.get(claimantKey(request)),
    };
    return answerOf(request, known, isIn(lost, request));
  });
}
