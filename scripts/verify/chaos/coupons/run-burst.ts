/** One burst with one fault in its middle, and its results. */
import { hash } from 'node:crypto';
import { requestIdOf } from '#participants/coupon/events.ts';
import { couponReads } from '#participants/coupon/issuing/sql-store.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { poll } from '#scripts/run/wait-until.ts';
import { type BurstSize, burstPlan, type Planned } from './burst-plan.ts';
import { type CacheFindings, watchCache } from './cache-watch.ts';
import { API, type CouponEnvironment, ISSUERS } from './coupon-environment.ts';
import type { CouponFault } from './coupon-faults.ts';
import type { Flow } from './flow.ts';
import { judge, type Row, type Verdict } from './judge-burst.ts';
import { checkAll, newCampaign, sendBurst } from './send-burst.ts';

/** At which shares of the coupons issued something is done. */
const BEFORE_AT = 0.25;
const INJECT_AT = 0.5;
/**
 * Shares of the coupons as numbers of requests: sent before the fault, during its injection, and before its repair.
 */
const SENT_BEFORE_FAULT = 0.6;
const SENT_WHILE_INJECTING = 0.7;
const SENT_BEFORE_REPAIR = 0.85;
const ISSUED_WITHIN_MS = 60_000;
const CHECK_EVERY_MS = 10;

/** The results of one burst. */
export interface BurstResult extends Verdict {
  readonly fault: string;
  readonly size: BurstSize;
  /** From when the fault was injected until requests accepted since then had results in every partition, s. */
  readonly flowsAfterS: number | null;
  /** From the first request to the last one that was taken, s. */
  readonly sentS: number;
  /** Until every request had its answer, s; includes reading all of them. */
  readonly answeredS: number;
  readonly turnedAway: number;
  readonly cacheChecks: number;
}

/** @throws StackProblem when the failed part does not come back */
export async function runBurst(
  environment: CouponEnvironment,
  flow: Flow,
  fault: CouponFault,
  size: BurstSize,
  seed: number,
): Promise<BurstResult> {
  await haveIssuers(environment, fault.issuers);
  const campaignId = await newCampaign(environment.api, {
    name: 'Opening',
    total: size.coupons,
    discount: { kind: 'percent', value: 10 },
  });
  const plan = burstPlan(size, seed);
  const cache = watchCache(environment, campaignId, [...new Set(plan.map(({ userId }) => userId))]);
  const startedAt = performance.now();
  const [injecting, injected, repaired] = [gate(), gate(), gate()];
  const sending = sendBurst(environment.api, campaignId, plan, (place) => {
    if (place < size.coupons * SENT_BEFORE_FAULT) return undefined;
    if (place < size.coupons * SENT_WHILE_INJECTING) return injecting.opened;
    return place < size.coupons * SENT_BEFORE_REPAIR ? injected.opened : repaired.opened;
  });
  sending.catch(() => {});
  let watched: ReturnType<Flow['watch']> | undefined;
  try {
    await haveIssued(environment, campaignId, size.coupons * BEFORE_AT);
    await fault.before?.(environment);
    await haveIssued(environment, campaignId, size.coupons * INJECT_AT);
    const repair = await fault.inject({ environment, campaignId, cache, sendMore: injecting.open });
    watched = flow.watch();
    for (const gate of [injecting, injected]) gate.open();
    await repair(watched.flowsAgain);
  } finally {
    for (const gate of [injecting, injected, repaired]) gate.open();
  }
  const sent = await sending;
  const sentS = secondsSince(startedAt);
  const answers = await checkAll(environment.api, sent.ids);
  const answeredS = secondsSince(startedAt);
  const verdict = judge(
    await campaignStateOf(environment, campaignId, size.coupons),
    plan.map((one, i) => ({
      userId: one.userId,
      messageId: messageIdOf(campaignId, one),
      answer: answers[i] ?? null,
    })),
  );
  const seen = await cache.close();
  const afterMs = watched?.afterMs() ?? null;
  return {
    ...verdict,
    problems: [...verdict.problems, ...problemsOf(environment, fault, seen, afterMs)],
    fault: fault.name,
    size,
    flowsAfterS: afterMs === null ? null : Math.round(afterMs / 10) / 100,
    sentS,
    answeredS,
    turnedAway: sent.turnedAway,
    cacheChecks: seen.checks,
  };
}

function problemsOf(
  { system }: CouponEnvironment,
  { issuers }: CouponFault,
  { checks, ahead }: CacheFindings,
  afterMs: number | null,
): string[] {
  const missing = [API, ...ISSUERS.slice(0, issuers)].filter((name) => system.pids[name] === undefined);
  return [
    ...(checks === 0 ? ['Redis and the rows were never compared'] : []),
    ...ahead.slice(0, 5),
    ...(afterMs === null ? ['no results flowed after the fault'] : []),
    ...missing.map((name) => `${name} is not there`),
  ];
}

/** The API makes a message's id of its campaign, user and Idempotency-Key. */
function messageIdOf(campaignId: string, { userId, key }: Planned): string {
  return requestIdOf(campaignId, userId, hash('sha256', key, 'base64url'));
}

async function haveIssuers({ system }: CouponEnvironment, wanted: number): Promise<void> {
  for (const [nth, name] of ISSUERS.entries()) {
    const runs = system.pids[name] !== undefined;
    if (nth < wanted && !runs) await system.restart(name);
    if (nth >= wanted && runs) await system.end(name);
  }
}

async function haveIssued(
  { db, signal }: CouponEnvironment,
  campaignId: string,
  least: number,
): Promise<void> {
  let issued = 0;
  const enough = async () => {
    // A restarting database is queried again.
    const [campaign] = await couponReads(db)
      .campaigns([campaignId])
      .catch(() => []);
    issued = campaign?.issued ?? issued;
    return issued >= least || signal.aborted;
  };
  if (!(await poll(enough, ISSUED_WITHIN_MS, CHECK_EVERY_MS)))
    throw new StackProblem(`${issued} coupons were issued within ${ISSUED_WITHIN_MS / 1000} s, not ${least}`);
}

async function campaignStateOf({ db }: CouponEnvironment, campaignId: string, total: number) {
  const [campaign] = await couponReads(db).campaigns([campaignId]);
  const rows = await db.query<Row>(
    `SELECT id::text AS id, user_id AS "userId", request_id AS "requestId"
       FROM coupon.coupons WHERE campaign_id = $1::uuid`,
    campaignId,
  );
  return { total, issued: campaign?.issued ?? 0, rows };
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

function secondsSince(from: number): number {
  return Math.round((performance.now() - from) / 100) / 10;
}
