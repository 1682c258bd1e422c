/** Judges a run: every result against the rows, and the rows among themselves. */
import { isPlaced, type RequestRef } from '#participants/coupon/api/request-id.ts';
import { type CouponResult, outcomeOf } from './result-log.ts';

/** One request of the measured campaign. */
export interface MeasuredRequest {
  readonly userId: string;
  /** The POST's status; 0: no answer. */
  readonly status: number;
  /** The content of its public id; null: not readable; undefined: none. */
  readonly ref: RequestRef | null | undefined;
  /** Its result on a WebSocket. */
  readonly result: CouponResult | undefined;
}

/** A campaign and its coupons as PostgreSQL has them. */
export interface CampaignRows {
  readonly id: string;
  readonly total: number;
  /** The campaign's own count. */
  readonly issued: number;
  readonly coupons: ReadonlyArray<{ readonly id: string; readonly userId: string }>;
}

const ACCEPTED = 202;

/** The violations; empty when every request has one true result and the rows hold. */
export function judge(requests: readonly MeasuredRequest[], rows: CampaignRows): string[] {
  const found: string[] = [];
  const complain = (count: number, what: string) => {
    if (count > 0) found.push(`${count} ${what}`);
  };
  const count = (is: (one: MeasuredRequest) => boolean) =>
    requests.reduce((n, one) => n + Number(is(one)), 0);
  const couponOf = new Map(rows.coupons.map(({ id, userId }) => [userId, id]));

  complain(
    count(({ status }) => status === 0),
    'requests were not answered',
  );
  complain(
    count(({ status, result }) => status === ACCEPTED && result === undefined),
    'accepted requests have no result',
  );
  complain(
    count((one) => one.status === ACCEPTED && !isOwn(one, rows.id)),
    'requests have an id, or a result, that is of another user or campaign',
  );
  complain(
    count(({ userId, result }) => result !== undefined && !isTrue(result, couponOf.get(userId), rows)),
    'results contradict the rows',
  );
  found.push(...judgeRows(requests, rows, couponOf), ...judgeWinners(requests, couponOf));
  complain(
    overtaken(requests),
    'requests were refused as sold-out before a later one of the same partition won',
  );
  return found;
}

function isOwn({ userId, ref, result }: MeasuredRequest, campaignId: string): boolean {
  const isOf = (one: { readonly userId: string; readonly campaignId: string }) =>
    one.userId === userId && one.campaignId === campaignId;
  return ref != null && isOf(ref) && (result === undefined || isOf(result));
}

function isTrue(result: CouponResult, coupon: string | undefined, { total, issued }: CampaignRows): boolean {
  switch (outcomeOf(result)) {
    case 'issued':
      return result.couponId !== undefined && result.couponId === coupon;
    case 'duplicate':
      return coupon !== undefined;
    case 'sold-out':
      return coupon === undefined && issued === total;
    default:
      // The campaign was open all the time, and nothing may be lost.
      return false;
  }
}

function judgeRows(
  requests: readonly MeasuredRequest[],
  { total, issued, coupons }: CampaignRows,
  couponOf: ReadonlyMap<string, string>,
): string[] {
  const found: string[] = [];
  const rows = coupons.length;
  if (issued !== rows) found.push(`the campaign counts ${issued} coupons, and there are ${rows}`);
  if (rows > total) found.push(`${rows} coupons were issued of ${total}`);
  if (couponOf.size < rows) found.push(`${rows - couponOf.size} coupons are a user's second one`);
  const everybody = new Set(requests.map(({ userId }) => userId));
  const strangers = coupons.filter(({ userId }) => !everybody.has(userId)).length;
  if (strangers > 0) found.push(`${strangers} coupons are of users without a request`);
  // A request that was not accepted may have reached the brokers all the same.
  const certain = new Set(requests.filter(({ status }) => status === ACCEPTED).map(({ userId }) => userId));
  if (rows < Math.min(total, certain.size) || rows > everybody.size) {
    found.push(`${rows} coupons were issued of ${total}, and ${certain.size} users made requests`);
  }
  return found;
}

/** Each coupon is result to one request of its user, and to no other. */
function judgeWinners(requests: readonly MeasuredRequest[], couponOf: ReadonlyMap<string, string>): string[] {
  const wins = new Map<string, number>();
  const unsure = new Set<string>();
  for (const { userId, status, result } of requests) {
    if (status !== ACCEPTED) unsure.add(userId);
    else if (result?.status === 'issued') wins.set(userId, (wins.get(userId) ?? 0) + 1);
  }
  const undelivered = [...couponOf.keys()].filter((user) => !wins.has(user) && !unsure.has(user)).length;
  const twice = [...wins.values()].filter((times) => times > 1).length;
  return [
    ...(undelivered > 0 ? [`${undelivered} coupons were in no result`] : []),
    ...(twice > 0 ? [`${twice} users got two results with a coupon`] : []),
  ];
}

/** Requests refused as sold out that lie in front of a winner's, in the brokers' order of a partition. */
function overtaken(requests: readonly MeasuredRequest[]): number {
  const lastWin = new Map<number, number>();
  for (const { ref, result } of requests) {
    if (ref == null || !isPlaced(ref) || result?.status !== 'issued') continue;
    lastWin.set(ref.partition, Math.max(lastWin.get(ref.partition) ?? -1, ref.offset));
  }
  return requests.filter(
    ({ ref, result }) =>
      ref != null &&
      isPlaced(ref) &&
      result?.reason === 'sold-out' &&
      ref.offset < (lastWin.get(ref.partition) ?? -1),
  ).length;
}
