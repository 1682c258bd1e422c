/** The calls of a run beside its load: makes campaigns, and reads some requests afterwards. */
import { type CouponResult, outcomeOf } from './result-log.ts';

const ANSWER_WITHIN_MS = 10_000;
const CHECKS_AT_ONCE = 20;

export interface CouponsApi {
  readonly couponsUrl: string;
  readonly token: string;
}

/** Makes a campaign that is open; its id. @throws Error when the API refuses it */
export async function makeCampaign(api: CouponsApi, name: string, total: number): Promise<string> {
  const discount = { kind: 'percent', value: 10 };
  const { status, body } = await call(api, '/v1/campaigns', JSON.stringify({ name, total, discount }));
  if (status !== 201) throw new Error(`a campaign was answered ${status}: ${JSON.stringify(body)}`);
  return String(body['id']);
}

/** Reads some requests at their addresses. @returns how many answers differ from the results delivered before */
export async function countDifferent(api: CouponsApi, results: readonly CouponResult[]): Promise<number> {
  let different = 0;
  for (let from = 0; from < results.length; from += CHECKS_AT_ONCE) {
    const some = results.slice(from, from + CHECKS_AT_ONCE);
    const answers = await Promise.all(
      some.map(({ requestId }) => call(api, `/v1/coupon-requests/${requestId}`)),
    );
    different += answers.filter(({ status, body }, i) => status !== 200 || !isSame(body, some[i])).length;
  }
  return different;
}

function isSame(body: Record<string, unknown>, result: CouponResult | undefined): boolean {
  const seen = body as unknown as CouponResult;
  return (
    result !== undefined &&
    outcomeOf(seen) === outcomeOf(result) &&
    seen.couponId === result.couponId &&
    seen.userId === result.userId
  );
}

async function call({ couponsUrl, token }: CouponsApi, path: string, body?: string) {
  const answer = await fetch(couponsUrl + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    ...(body !== undefined && { body }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
