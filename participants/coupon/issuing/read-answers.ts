/** Reads the answers to a batch of requests from the rows, at any time. */
import { type AcceptedRequest, type Answer, answerOf, isIn } from './answer.ts';
import { type CouponReads, claimantKey } from './store.ts';

/**
 * The answers to some requests, in their order; `pending` until the partition's checkpoint has passed a request.
 * It reads the checkpoints first: a row commits together with its checkpoint, so the later reads are complete.
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
    const rows = {
      campaign: campaignOf.get(request.campaignId),
      coupon: couponOf.get(claimantKey(request)),
    };
    return answerOf(request, rows, isIn(lost, request));
  });
}
