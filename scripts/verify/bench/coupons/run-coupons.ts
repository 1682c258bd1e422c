/** One run of the coupons' benchmark: warm up on another campaign, measure, and check every answer; figures only when all is true. */
import { REQUEST_ID_PURPOSE, readRequestId } from '#participants/coupon/api/request-id.ts';
import { sealUnder } from '#participants/coupon/api/seal.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { customerHolder, tokenUnder } from '#scripts/run/stack/token.ts';
import { conditionsNow } from '../conditions.ts';
import { cpuFigures } from '../cpu-cost.ts';
import { round } from '../percentiles.ts';
import { schedule } from '../schedule.ts';
import type { Target } from '../target.ts';
import { type CouponChecks, openCouponChecks } from './coupon-checks.ts';
import { countDifferent, makeCampaign } from './coupons-client.ts';
import { countsOf, figuresOf } from './coupons-figures.ts';
import type { CouponsReport } from './coupons-report.ts';
import { judge, type MeasuredRequest } from './judge-coupons.ts';
import { type Measured, measure, type Plan } from './measure-coupons.ts';
import { requesters } from './requesters.ts';
import { USERS_A_SOCKET } from './subscribers.ts';

/** Requests that are requests for at their addresses afterwards. */
const CHECKED_AT = 500;

export interface CouponsOptions {
  /** Requests a second. */
  readonly rate: number;
  readonly count: number;
  readonly warmupMs: number;
  /** Coupons of the measured campaign. */
  readonly total: number;
  /** Percent of the requests. */
  readonly duplicates: number;
  readonly sockets: number;
  /** Connections: a shop's backend has few, its pages have one each. */
  readonly connections: number;
  /** Each user sends its own token, as from a shop's pages; otherwise one backend sends for all of them. */
  readonly ownTokens: boolean;
  readonly print: (line: string) => void;
}

export type CouponsTarget = Pick<
  Target,
  'couponsUrl' | 'databaseUrl' | 'redisUrl' | 'token' | 'secret' | 'pids'
>;

/**
 * Runs the benchmark on a system that is ready.
 * @throws StackProblem when the users exceed the sockets' limit; Error when the API or the database stops answering
 */
export async function runCoupons(target: CouponsTarget, options: CouponsOptions): Promise<CouponsReport> {
  const { rate, count, total, sockets, connections, duplicates, ownTokens, warmupMs, print } = options;
  const checks = await openCouponChecks(target);
  try {
    const couponsBefore = await checks.couponsBefore();
    const pids = await target.pids();
    const conditions = conditionsNow(pids);
    const { plan, campaign } = await planned(target, options);
    const { firstMeasured } = plan.schedule;
    print(`${sockets} WebSockets for ${plan.users.length} users`);
    let watching: ReturnType<CouponChecks['watch']> | undefined;
    const measured = await measure(target, plan, { sockets, connections }, pids, () => {
      print(`${firstMeasured} requests to warm up, then ${count} at ${rate}/s`);
      watching = checks.watch(campaign);
    });
    print('all sent and answered; checking the results');
    const ahead = await watching?.end();
    const requests = measuredRequests(target, plan, measured);
    const refused = [
      ...judge(requests, await checks.rows(campaign)),
      ...(measured.broken !== null ? [measured.broken] : []),
      ...(measured.results.repeats > 0 ? [`${measured.results.repeats} results arrived twice`] : []),
      ...(ahead != null ? [ahead] : []),
      ...(await checkedAtAddresses(target, requests)),
    ];
    const figures = figuresOf(plan.schedule, measured.record, (n) => hasCoupon(measured, n));
    return {
      benchmark: 'coupons',
      conditions,
      run: {
        ...{ rate, seconds: round(count / rate), requests: count, warmupSeconds: warmupMs / 1000 },
        ...{ total, duplicates, sockets, connections, ownTokens, couponsBefore },
      },
      counts: countsOf(requests),
      refused,
      figures:
        refused.length > 0 ? null : { ...figures, ...cpuFigures(measured.cpu, figures.endedPerSecond) },
    };
  } finally {
    await checks.close();
  }
}

/** The campaigns and the requests: the same users in both campaigns, so that their sockets are open before. */
async function planned(
  target: CouponsTarget,
  options: CouponsOptions,
): Promise<{ plan: Plan; campaign: string }> {
  const { duplicates, sockets, count } = options;
  const run = `bench-${Date.now().toString(36)}`;
  const plan = schedule(options);
  const { firstMeasured } = plan;
  const warming = requesters(firstMeasured, duplicates);
  const measuring = requesters(count, duplicates);
  const names = Array.from(
    { length: Math.max(warming.distinct, measuring.distinct) },
    (_, n) => `${run}-${n}`,
  );
  if (names.length > sockets * USERS_A_SOCKET) {
    throw new StackProblem(
      `${sockets} WebSockets carry ${sockets * USERS_A_SOCKET} users at the most, and the run has ${names.length}: give more --sockets.`,
    );
  }
  // Half of the warm-up's users find it sold out, which warms the path of refusals too.
  const warmup = await makeCampaign(target, `${run} warm-up`, Math.max(1, Math.floor(warming.distinct / 2)));
  const campaign = await makeCampaign(target, run, options.total);
  const nameOf = (request: number) =>
    (request < firstMeasured ? warming.users[request] : measuring.users[request - firstMeasured]) ?? 0;
  const tokens = options.ownTokens ? await tokensOf(target, names) : null;
  return {
    campaign,
    plan: {
      schedule: plan,
      users: names,
      campaignOf: (request) => (request < firstMeasured ? warmup : campaign),
      userOf: (request) => names[nameOf(request)] ?? '',
      ...(tokens !== null && { tokenOf: (request: number) => tokens[nameOf(request)] ?? '' }),
    },
  };
}

/** Each user's token: made before, for signing one takes longer than sending a request. */
async function tokensOf({ secret }: CouponsTarget, names: readonly string[]): Promise<string[]> {
  const tokens: string[] = [];
  for (const name of names) tokens.push(await tokenUnder(secret, customerHolder(name)));
  return tokens;
}

/** The measured requests, each with its result. */
function measuredRequests(
  { secret }: CouponsTarget,
  { schedule, userOf }: Plan,
  { record, results }: Measured,
): MeasuredRequest[] {
  const seal = sealUnder(secret, REQUEST_ID_PURPOSE);
  return Array.from({ length: schedule.total - schedule.firstMeasured }, (_, i) => {
    const request = schedule.firstMeasured + i;
    const id = record.ids[request];
    return {
      userId: userOf(request),
      status: record.statuses[request] ?? 0,
      ref: id === undefined ? undefined : readRequestId(seal, id),
      result: id === undefined ? undefined : results.byRequest.get(id),
    };
  });
}

function hasCoupon({ record, results }: Measured, request: number): boolean {
  return results.byRequest.get(record.ids[request] ?? '')?.status === 'issued';
}

async function checkedAtAddresses(
  target: CouponsTarget,
  requests: readonly MeasuredRequest[],
): Promise<string[]> {
  const results = requests.flatMap((one) => one.result ?? []);
  const every = Math.max(1, Math.floor(results.length / CHECKED_AT));
  const sample = results.filter((_, i) => i % every === 0).slice(0, CHECKED_AT);
  const different = await countDifferent(target, sample);
  return different > 0
    ? [`${different} of ${sample.length} requests have another answer at their address than on the WebSocket`]
    : [];
}
