/** Reads the answers to a batch of requests from the rows, at any time. */
import { type AcceptedRequest, type Answer, answerOf, isIn } from './answer.ts';
import { inItsLog } from './request-logs.ts';
import { type CouponReads, claimantKey } from './store.ts';

/**
 * The answers to some requests, in their order; `pending` until the partition's checkpoint has passed a request.
 * It reads the checkpoints first: a row commits together with its checkpoint, so the later reads are complete.
 */
export async function readAnswers(
  reads: CouponReads,
  accepted: readonly AcceptedRequest[],
): Promise<Answer[]> {
  const partitions = new Map((await reads.partitions()).map((one) => [one.partition, one]));
  const requests = accepted.map((one) => inItsLog(one, partitions.get(one.partition)?.begins ?? []));
  /** Accepted later than any decided request of its partition: it is in a new log, of which the rows say nothing yet. */
  const isNewer = ({ partition, acceptedAt }: AcceptedRequest) =>
    acceptedAt > (partitions.get(partition)?.acceptedUntil ?? acceptedAt);
  const isDecided = ({ partition, offset }: AcceptedRequest) =>
    offset < (partitions.get(partition)?.next ?? 0);
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
    const isLost = isIn(lost, request);
    return isNewer(request) && !isLost ? { state: 'pending' } : answerOf(request, rows, isLost);
  });
}
