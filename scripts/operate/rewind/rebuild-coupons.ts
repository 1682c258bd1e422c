/** Rebuilds the coupons that were issued after the database's time: customers have their ids. */
import { type CouponIssued, couponFailed, couponIssued } from '#participants/coupon/events.ts';
import { issuerStore } from '#participants/coupon/issuing/sql-issuer-store.ts';
import { inSequence } from '#platform/kafka/log-sequence.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Gap } from './gap.ts';
import type { Tally } from './report.ts';

const REQUESTS = 'coupon-request';
const GROUP = 'coupon-issuer';

/**
 * Inserts the coupons, and raises the checkpoints to what was decided and published: the issuer decides nothing twice, and nobody who
 * was refused gets a coupon after all.
 * @param committed the groups' committed offsets
 */
export async function rebuildCoupons(
  db: Database,
  gap: Gap,
  committed: ReadonlyMap<string, number>,
  now: Date,
  tally: Tally,
): Promise<void> {
  await db.transaction(async (sql) => {
    const store = issuerStore(sql);
    await store.renewEpoch(now);
    const partitions = [...committed.keys()].flatMap((key) => partitionIn(key) ?? []);
    const numbers = new Map<number, number>();
    for (const { partition, number } of await store.requestLogs(partitions)) numbers.set(partition, number);
    const place = (partition: number, offset: number) => inSequence(numbers.get(partition) ?? 0, offset);

    const issued = gap.coupons.flatMap(({ envelope }) => {
      const parsed = envelope.type === 'coupon.issued' ? couponIssued.safeParse(envelope.data) : null;
      return parsed?.success ? [parsed.data] : [];
    });
    const fresh = await missing(db, issued);
    const campaigns = new Set(
      (await db.query<{ id: string }>('SELECT id::text FROM coupon.campaigns')).map(({ id }) => id),
    );
    const made = fresh
      .filter(({ campaignId }) => campaigns.has(campaignId))
      .map(({ couponId: id, campaignId, userId, requestId, position, issuedAt, validUntil }) => ({
        ...{ id, campaignId, userId, requestId, partition: position.partition },
        offset: place(position.partition, position.offset),
        acceptedAt: new Date(position.acceptedAt),
        issuedAt: new Date(issuedAt),
        validUntil: validUntil === null ? null : new Date(validUntil),
      }));
    for (const [campaignId, some] of Map.groupBy(
      fresh.filter(({ campaignId: id }) => !campaigns.has(id)),
      (one) => one.campaignId,
    ))
      tally.lose('campaign', campaignId, `opened since; ${some.length} coupons of it were issued`);
    tally.add('coupons', made.length);

    const acceptedUntil = new Map<number, number>();
    for (const { envelope } of gap.coupons) {
      const parsed = (envelope.type === 'coupon.issued' ? couponIssued : couponFailed).safeParse(
        envelope.data,
      );
      if (!parsed.success) continue;
      const { partition, acceptedAt } = parsed.data.position;
      acceptedUntil.set(partition, Math.max(acceptedUntil.get(partition) ?? 0, Date.parse(acceptedAt)));
    }
    const checkpoints = [...committed].flatMap(([key, offset]) => {
      const partition = partitionIn(key);
      if (partition === null) return [];
      const until = acceptedUntil.get(partition);
      return [
        {
          partition,
          next: place(partition, offset),
          acceptedUntil: until === undefined ? null : new Date(until),
        },
      ];
    });
    await store.addCheckpoints(partitions);
    await store.write({ made, checkpoints, lost: [] }, now);
  });
}

function partitionIn(key: string): number | null {
  const [group, place = ''] = key.split(' ');
  const [topic, partition] = place.split('/');
  return group === GROUP && topic === REQUESTS ? Number(partition) : null;
}

/** Those without a row. A result that was published twice is one. */
async function missing(db: Database, issued: readonly CouponIssued[]): Promise<CouponIssued[]> {
  const unique = [...new Map(issued.map((one) => [one.couponId, one])).values()];
  const found = await db.query<{ id: string }>(
    'SELECT id::text FROM coupon.coupons WHERE id = ANY ($1::uuid[])',
    unique.map(({ couponId }) => couponId),
  );
  const known = new Set(found.map(({ id }) => id));
  return unique.filter(({ couponId }) => !known.has(couponId));
}
