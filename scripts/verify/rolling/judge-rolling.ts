/** Judges a rolling update by what it left: orders, coupons, the ledger, and both chains of hashes. */
import { poll } from '#scripts/run/wait-until.ts';
import { kindOf, type Mix } from '../bench/orders/mix.ts';
import { openOrderChecks } from '../bench/orders/order-checks.ts';
import { type KindOutcome, outcomes } from '../bench/orders/outcomes.ts';
import { judge } from '../chaos/coupons/judge-burst.ts';
import { checkAll } from '../chaos/coupons/send-burst.ts';
import { openDatabaseChecks } from '../chaos/database-checks.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { campaignStates } from './campaign-states.ts';
import type { Fleet } from './fleet.ts';
import type { RollingLoad } from './rolling-load.ts';

const ENDED_WITHIN_MS = 180_000;
const CHECK_EVERY_MS = 500;
const EXAMPLES_MAX = 5;

/** What a run left. */
export interface Findings {
  readonly orders: number;
  readonly outcomes: readonly KindOutcome[];
  readonly lost: number;
  readonly doubled: number;
  readonly stuck: number;
  /** Accepted requests for coupons, and the coupons issued. */
  readonly couponRequests: number;
  readonly coupons: number;
  readonly postponed: number;
  /** Sagas whose journals were verified, and their entries without a hash, which the build before wrote. */
  readonly journals: { readonly sagas: number; readonly unchained: number };
  readonly problems: readonly string[];
}

/** Waits for the last ends, and judges. */
export async function judgeRolling(parts: {
  readonly load: RollingLoad;
  readonly fleet: Fleet;
  readonly databaseUrl: string;
  readonly mix: Mix;
  readonly tokens: { readonly service: string; readonly operator: string };
}): Promise<Findings> {
  const { load, fleet, databaseUrl, mix, tokens } = parts;
  const checks = openDatabaseChecks(databaseUrl);
  const orderChecks = await openOrderChecks(databaseUrl);
  try {
    const accepted = load.orders.flatMap((id, n) => (id === undefined ? [] : [{ id, kind: kindOf(mix, n) }]));
    const ids = accepted.map(({ id }) => id);
    const open = async () => {
      const endings = await orderChecks.endings(ids);
      return ids.filter((id) => (endings.get(id)?.endedAt ?? null) === null);
    };
    await poll(async () => (await open()).length === 0, ENDED_WITHIN_MS, CHECK_EVERY_MS);
    const lost = await open();
    const ends = outcomes(accepted, await orderChecks.endings(ids));
    const [doubled, stuck] = [await checks.doubled(), await checks.stuck()];
    const ledger = async () =>
      (await verifyLedger({ databaseUrl, gatewayUrl: fleet.gatewayUrl, limits: { mailMs: 0, clockMs: 0 } }))
        .filter(({ violations }) => violations > 0)
        .map((found) => `the ledger does not hold: ${JSON.stringify(found)}`);
    // The last e-mails follow their orders.
    await poll(async () => (await ledger()).length === 0, ENDED_WITHIN_MS, CHECK_EVERY_MS);
    const coupons = await judgeCoupons(load, fleet, databaseUrl, tokens.service);
    const journals = await verifyChains(fleet.urlOf('api'), tokens.operator);
    return {
      orders: ids.length,
      outcomes: ends,
      lost: lost.length + load.orders.length - ids.length,
      doubled: doubled.length,
      stuck: stuck.length,
      couponRequests: load.couponRequests.length,
      coupons: coupons.issued,
      postponed: load.postponed(),
      journals: { sagas: journals.sagas, unchained: journals.unchained },
      problems: [
        ...some(
          'orders never accepted',
          [...load.orders.keys()].filter((n) => load.orders[n] === undefined),
        ),
        ...some('orders did not end', lost),
        ...some('orders were done twice', doubled),
        ...some('orders are stuck', stuck),
        ...ends.flatMap(({ kind, otherwise }) =>
          Object.keys(otherwise).length === 0
            ? []
            : [`${kind} orders ended otherwise: ${JSON.stringify(otherwise)}`],
        ),
        ...some(
          'requests were refused',
          load.refusals.map((refusal) => JSON.stringify(refusal)),
        ),
        ...(await ledger()),
        ...coupons.problems,
        ...journals.problems,
      ],
    };
  } finally {
    await Promise.all([checks.close(), orderChecks.close()]);
  }
}

async function judgeCoupons(load: RollingLoad, fleet: Fleet, databaseUrl: string, token: string) {
  if (fleet.coupons === null) return { issued: 0, problems: [] };
  const requests = load.couponRequests.filter((request) => request !== undefined);
  const api = { url: fleet.urlOf('coupons'), token };
  const answers = await checkAll(
    api,
    requests.map(({ id }) => id),
  );
  const answered = requests.map((request, nth) => ({ ...request, answer: answers[nth] ?? null }));
  const states = await campaignStates(databaseUrl, [
    ...new Set(requests.map(({ campaignId }) => campaignId)),
  ]);
  const verdicts = [...states].map(([campaign, state]) =>
    judge(
      state,
      answered.filter(({ campaignId }) => campaignId === campaign),
    ),
  );
  return {
    issued: verdicts.reduce((sum, { issued }) => sum + issued, 0),
    problems: verdicts.flatMap(({ problems }) => problems),
  };
}

interface JournalPage {
  readonly sagas: number;
  readonly unchained: number;
  readonly broken: readonly object[];
  readonly nextCursor: string | null;
}

/** Verifies the audit's chain and every journal's, as this build has them. */
async function verifyChains(api: string, token: string) {
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(api + path, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const audit = await get<{ holds: boolean }>('/v1/audit/verify');
  const broken: object[] = [];
  let [sagas, unchained] = [0, 0];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: JournalPage = await get(
      `/v1/audit/journals?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    sagas += page.sagas;
    unchained += page.unchained;
    broken.push(...page.broken);
    cursor = page.nextCursor;
  }
  const problems = [
    ...(audit.holds ? [] : [`the audit's chain does not hold: ${JSON.stringify(audit)}`]),
    ...some(
      'journals do not hold',
      broken.map((fault) => JSON.stringify(fault)),
    ),
  ];
  return { sagas, unchained, problems };
}

function some(what: string, found: readonly unknown[]): string[] {
  return found.length === 0
    ? []
    : [`${found.length} ${what}, such as ${found.slice(0, EXAMPLES_MAX).join(', ')}`];
}
