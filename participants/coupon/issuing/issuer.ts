/**
 * Handles a batch of requests: decides it in one transaction, publishes the results, and writes the cache in Redis.
 *
 * A crash before the commit leaves no trace. After a crash behind the commit the offsets have not moved: the next issuer
 * reads the requests again, finds them below their checkpoint, and answers them from the rows.
 */

import { bisect } from '#platform/batching/bisect.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { BatchHandler } from '#platform/kafka/batch-consumer.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import { UnfitValue } from '#platform/postgres/array-parameters.ts';
import { sqlState } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import {
  batchSize,
  messagesHandled,
  publishDuration,
  transactionDuration,
} from '#platform/process/metrics.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { type Cache, winnerOf } from './cache.ts';
import { CheckpointBehind, claimantsOf, type Decision, decideRequests } from './decide-requests.ts';
import type { IssuingUnitOfWork } from './issuer-store.ts';
import { cacheUnwritten, claims, decisionAge, lostRequests, orderError, repeats } from './metrics.ts';
import { type ReceivedRequest, receiveRequest } from './received-request.ts';
import { resultMessage, stockMessage } from './results.ts';
import { type Campaign, claimantKey } from './store.ts';

export interface IssuerParts {
  readonly unitOfWork: IssuingUnitOfWork;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly cache: Pick<Cache, 'write'>;
  /** The checkpoints at which reading of the assigned partitions started; removed once raised. */
  readonly begun: Map<number, number>;
  /** The highest checkpoint of each partition that this process wrote. */
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

/** A handler of coupon-request, whose batches come in the order of acceptance. It rejects with `CheckpointBehind` only: reading must begin at the checkpoint again. */
export function issuer({ begun: begunNow, ...rest }: IssuerParts): BatchHandler {
  return async (records) => {
    // As it is now: a batch that outlives its assignment must not take the next one's checkpoints for its own.
    const parts = { ...rest, begun: new Map(begunNow) };
    const startedAt = performance.now();
    batchSize.observe(records.length);
    const received = records.map(receiveRequest);
    const out: OutMessage[] = received.flatMap((one) => parked(parts, one));
    const decided = await bisect(
      received,
      async (some) => [await decideDurably(parts, some)],
      isFaultOfValues,
      async (one, error) => {
        out.push(deadLetter(one.record, error, 'coupon-issuer', parts.now()));
        // Its checkpoint must pass it all the same; whoever asks for it is told that it was lost.
        return [await decideDurably(parts, [{ ...one, request: null, acceptedAt: new Date(0) }])];
      },
    );
    transactionDuration.observe((performance.now() - startedAt) / 1000);
    const traces = new Map(received.map(({ request, traceparent }) => [request, traceparent]));
    for (const { decision, campaigns } of decided) {
      for (const { partition, next } of decision.checkpoints) {
        begunNow.delete(partition);
        parts.highest.set(partition, next);
      }
      for (const one of decision.answered) out.push(resultMessage(one, traces.get(one.request)));
      for (const [id, issued] of decision.issued) {
        const campaign = campaigns.get(id);
        if (campaign !== undefined) out.push(stockMessage(campaign, issued, new Date(parts.now())));
      }
    }
    const publishedFrom = performance.now();
    const published = parts.publisher
      .publish(out)
      .then(() => publishDuration.observe((performance.now() - publishedFrom) / 1000));
    for (const one of decided) {
      observe(parts, received, one);
      void writeCache(parts, one);
    }
    return { published };
  };
}

function parked({ log, now }: IssuerParts, { record, fault }: ReceivedRequest): OutMessage[] {
  messagesHandled.inc({ topic: record.topic });
  if (fault === null) return [];
  const { topic, partition, offset } = record;
  log.warn('parked', { topic, partition, offset, reason: fault.code });
  return [deadLetter(record, fault, 'coupon-issuer', now())];
}

/** Runs the transaction until it commits; each retry reads and decides everything again. */
async function decideDurably(parts: IssuerParts, some: readonly ReceivedRequest[]): Promise<Committed> {
  const { log } = parts;
  try {
    return await retryForever(
      () => decideInTransaction(parts, some),
      (error) => !(error instanceof CheckpointBehind) && !isFaultOfValues(error),
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
  log.error(
    'the database went back in time: renewing the epoch of the cache, reading starts at the checkpoints',
    {
      reason,
    },
  );
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
    log.throttled('cache', 'issued coupons could not be written to Redis', { error: messageOf(error) });
  }
}

function observe({ log, now }: IssuerParts, received: readonly ReceivedRequest[], decided: Committed): void {
  const { decision, decidedUntil } = decided;
  for (const { answer, repeated } of decision.answered) {
    if (repeated) repeats.inc();
    else claims.inc({ result: answer.state === 'issued' ? 'issued' : answer.reason });
  }
  for (const { partition, from, to } of decision.lost) {
    lostRequests.inc(to - from);
    log.error('requests were lost: no issuer could decide them', { partition, from, to });
  }
  const oldest = decision.answered.find(({ repeated }) => !repeated)?.request.acceptedAt.getTime();
  if (oldest === undefined || received.length === 0) return;
  decisionAge.observe(Math.max(0, now() - oldest) / 1000);
  orderError.observe(Math.max(0, (decidedUntil?.getTime() ?? 0) - oldest) / 1000);
}
