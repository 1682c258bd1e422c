/**
 * Handles a batch of requests: decides it in one transaction, publishes the results, and writes the cache in Redis.
 *
 * A crash before the commit leaves no trace. After a crash behind the commit the offsets have not moved: the next issuer
 * reads the requests again, finds them below their checkpoint, and answers them from the rows.
 */

import { bisect } from '#platform/batching/bisect.ts';
import { type Handled, handleRecords, type Park } from '#platform/batching/handle-records.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import { UnfitValue } from '#platform/postgres/array-parameters.ts';
import { sqlState } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { type Cache, winnerOf } from './cache.ts';
import {
  AnotherLog,
  CheckpointBehind,
  claimantsOf,
  type Decision,
  decideRequests,
} from './decide-requests.ts';
import type { IssuingUnitOfWork } from './issuer-store.ts';
import { cacheUnwritten, claims, decisionAge, lostRequests, orderError, repeats } from './metrics.ts';
import { type ReceivedRequest, receiveRequest } from './received-request.ts';
import { resultMessage, stockMessage } from './results.ts';
import { type Campaign, claimantKey } from './store.ts';

const PARKED_BY = 'coupon-issuer';

export interface IssuerParts {
  readonly unitOfWork: IssuingUnitOfWork;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly cache: Pick<Cache, 'write'>;
  /** The checkpoints at which reading of the assigned partitions started; removed once raised. */
  readonly begun: Map<number, number>;
  /** The number of the log that is read in each assigned partition; 0 where it is missing. */
  readonly logs: ReadonlyMap<number, number>;
  /** The highest checkpoint of each partition that this process wrote or started at. */
  readonly highest: Map<number, number>;
  readonly log: Logger;
  readonly now: () => number;
  /** Makes the id of a coupon issued at `nowMs`. */
  readonly newId: (nowMs: number) => string;
}

/** A committed decision with the rows it rests on. */
interface Committed {
  readonly decision: Decision;
  readonly campaigns: ReadonlyMap<string, Campaign>;
  readonly decidedUntil: Date | null;
  readonly epoch: string;
}

/**
 * Handles one batch of coupon-request, whose records come in the order of acceptance.
 * @throws CheckpointBehind when the database went back in time: reading must restart at the checkpoint
 * @throws AnotherLog when the topic was recreated while it was read: the process must end, and start on the new log
 */
export async function handleCouponRequests(
  { logs: logsNow, ...rest }: IssuerParts,
  records: readonly InRecord[],
): Promise<Handled> {
  // As they are now: the records of a batch that outlives its assignment are of the log that was read then.
  const parts = { ...rest, logs: new Map(logsNow) };
  const committed: Committed[] = [];
  const handled = await handleRecords(
    { ...parts, parkedBy: PARKED_BY },
    records,
    (record) => receiveRequest(record, parts.logs.get(record.partition) ?? 0),
    async (received, park, time) => {
      for (const { record, fault } of received) if (fault !== null) park(record, fault);
      committed.push(...(await time('transaction', () => decideAndPark(parts, received, park))));
      for (const { partition, next } of committed.flatMap(({ decision }) => decision.checkpoints)) {
        parts.begun.delete(partition);
        parts.highest.set(partition, next);
      }
      return { messages: messagesOf(parts, received, committed) };
    },
    ({ request, traceparent }) =>
      request === null
        ? null
        : { id: request.id, type: 'coupon.requested', subject: request.userId, traceparent },
  );
  for (const one of committed) {
    observe(parts, one);
    void writeCache(parts, one);
  }
  return handled;
}

/** Decides the requests durably; parks those whose values the database refuses. */
function decideAndPark(
  parts: IssuerParts,
  received: readonly ReceivedRequest[],
  park: Park,
): Promise<Committed[]> {
  return bisect(
    received,
    async (some) => [await decideDurably(parts, some)],
    isFaultOfValues,
    async (one, error) => {
      park(one.record, error);
      // Its checkpoint must pass it all the same; a customer who asks for it gets the answer `lost`.
      const acceptedAt = one.acceptedAt.getTime() >= 0 ? one.acceptedAt : new Date(0);
      return [await decideDurably(parts, [{ ...one, request: null, acceptedAt }])];
    },
  );
}

/** The results of the requests, and the stock of their campaigns. */
function messagesOf(
  { now }: IssuerParts,
  received: readonly ReceivedRequest[],
  committed: readonly Committed[],
): OutMessage[] {
  const traces = new Map(received.map(({ request, traceparent }) => [request, traceparent]));
  return committed.flatMap(({ decision, campaigns }) => [
    ...decision.answered.map((one) => resultMessage(one, traces.get(one.request))),
    ...[...decision.issued].flatMap(([id, issued]) => {
      const campaign = campaigns.get(id);
      return campaign === undefined ? [] : stockMessage(campaign, issued, new Date(now()));
    }),
  ]);
}

/** Runs the transaction until it commits; each retry reads and decides everything again. */
async function decideDurably(parts: IssuerParts, some: readonly ReceivedRequest[]): Promise<Committed> {
  const { log } = parts;
  try {
    return await retryForever(
      () => decideInTransaction(parts, some),
      (error) =>
        !(error instanceof CheckpointBehind || error instanceof AnotherLog) && !isFaultOfValues(error),
      log,
      'deciding a batch',
    );
  } catch (error) {
    if (!(error instanceof CheckpointBehind)) throw error;
    await renewCacheEpoch(parts, messageOf(error));
    throw error;
  }
}

/** Renews the epoch after the database went back in time, since Redis may hold newer state. The process must then end, and start again at the checkpoints. */
export async function renewCacheEpoch(
  { unitOfWork, log, now }: Pick<IssuerParts, 'unitOfWork' | 'log' | 'now'>,
  reason: string,
): Promise<void> {
  log.error('database-went-back', {
    reason,
  });
  await retryForever(
    () => unitOfWork.transaction((store) => store.renewEpoch(new Date(now()))),
    () => true,
    log,
    'renewing the epoch',
  );
}

function decideInTransaction(parts: IssuerParts, some: readonly ReceivedRequest[]): Promise<Committed> {
  const partitions = [...new Set(some.map(({ partition }) => partition))];
  const campaignIds = new Set(some.flatMap(({ request }) => request?.campaignId ?? []));
  return parts.unitOfWork.transaction(async (store) => {
    const { checkpoints, decidedUntil, epoch } = await store.lockCheckpoints(partitions);
    // A separate statement: under READ COMMITTED the next one sees what the last holder of these locks committed.
    const campaigns = await store.lockCampaigns([...campaignIds]);
    const coupons = new Map((await store.coupons(claimantsOf(some))).map((one) => [claimantKey(one), one]));
    const again = some.filter(({ partition, offset }) => offset < (checkpoints.get(partition)?.next ?? 0));
    const lost = await store.lost(again);
    const now = parts.now();
    const decision = decideRequests(
      some,
      { checkpoints, campaigns, coupons, lost, begun: parts.begun },
      () => parts.newId(now),
      new Date(now),
    );
    await store.write(decision, new Date(now));
    return { decision, campaigns, decidedUntil, epoch };
  });
}

/** Whether a column cannot hold a value of the request. A violated constraint is our defect, and parks no request. */
function isFaultOfValues(error: unknown): boolean {
  return error instanceof UnfitValue || sqlState(error)?.state.startsWith('22') === true;
}

/** Writes winners and counts to Redis. A failure only counts: the next write or the refresh repairs it. */
async function writeCache(
  { cache, log }: IssuerParts,
  { decision, campaigns, epoch }: Committed,
): Promise<void> {
  const coupons = decision.answered.flatMap(({ answer }) => (answer.state === 'issued' ? answer.coupon : []));
  try {
    for (const [campaignId, winners] of Map.groupBy(coupons, (coupon) => coupon.campaignId)) {
      const [total, issued] = [campaigns.get(campaignId)?.total, decision.issued.get(campaignId)];
      if (total === undefined || issued === undefined) continue;
      await cache.write(epoch, { campaignId, issued, total, winners: winners.map(winnerOf) });
    }
  } catch (error) {
    cacheUnwritten.inc();
    log.throttled('cache', 'cache-not-written', { error: messageOf(error) });
  }
}

function observe({ log, now }: IssuerParts, decided: Committed): void {
  const { decision, decidedUntil } = decided;
  for (const { answer, repeated } of decision.answered) {
    if (repeated) repeats.inc();
    else claims.inc({ result: answer.state === 'issued' ? 'issued' : answer.reason });
  }
  for (const { partition, from, to } of decision.lost) {
    lostRequests.inc(to - from);
    log.error('coupon-requests-lost', { partition, from, to });
  }
  const oldest = decision.answered.find(({ repeated }) => !repeated)?.request.acceptedAt.getTime();
  if (oldest === undefined) return;
  decisionAge.observe(Math.max(0, now() - oldest) / 1000);
  orderError.observe(Math.max(0, (decidedUntil?.getTime() ?? 0) - oldest) / 1000);
}
