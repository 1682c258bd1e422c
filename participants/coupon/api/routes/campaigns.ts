/** The routes of campaigns: backends and operators make and close them, everybody reads them. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { discount } from '#participants/coupon/events.ts';
import { type Campaign, CampaignChanged, type NewCampaign } from '#participants/coupon/issuing/store.ts';
import { admitReads } from '#platform/http/admission.ts';
import { fromCursor, toCursor } from '#platform/http/cursor.ts';
import { confirmed } from '#platform/http/failure.ts';
import { approvedHash, planChanged, planHashText, refuseOther } from '#platform/http/plan-contract.ts';
import { type FieldError, outcomeUnknown, Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import {
  count,
  instant as date,
  idempotencyKey,
  idInPath,
  minorUnits,
  pageCursor,
  pageLimit,
  uuid,
  type View,
} from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { isOutcomeUnknown } from '#platform/postgres/database.ts';
import type { Role } from '#platform/process/auth-tokens.ts';
import { currencyCode } from '#protocol/currency.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { planHash } from '#protocol/plan-hash.ts';
import type { CouponApiParts } from '../api-parts.ts';
import { campaignAnswer, campaignPage, campaignView } from '../campaign-view.ts';

const MAX_TOTAL = 100_000_000;

const MAKERS: readonly Role[] = ['service', ...OPERATORS];
const EVERYBODY: readonly Role[] = ['customer', 'service', ...VIEWERS];

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const [amount, percent] = discount.options;
const campaignRequest = z
  .strictObject({
    name: z.string().min(1).max(200),
    total: z.number().int().min(1).max(MAX_TOTAL),
    startsAt: instant.exactOptional(),
    endsAt: instant.exactOptional(),
    validUntil: instant.exactOptional(),
    discount: z.discriminatedUnion('kind', [
      amount.extend({ currency: currencyCode }).strict(),
      percent.strict(),
    ]),
    reason: z.string().min(1).max(1000).exactOptional().describe('Kept with who made it.'),
    dryRun: z.boolean().default(false).describe('Show what it would make, without making it.'),
    planHash: approvedHash,
  })
  .refine(({ startsAt, endsAt }) => isBefore(startsAt, endsAt), {
    path: ['endsAt'],
    message: 'must be later than startsAt',
  })
  .refine(({ startsAt, validUntil }) => isBefore(startsAt, validUntil), {
    path: ['validUntil'],
    message: 'must be later than startsAt',
  })
  .meta({ id: 'CampaignRequest' });

const campaignPlan = z
  .object({
    dryRun: z.literal(true),
    name: z.string(),
    total: count,
    discount,
    startsAt: date.nullable(),
    endsAt: date.nullable(),
    validUntil: date.nullable(),
    opens: z.boolean().describe('True: it would issue coupons at once.'),
    worth: minorUnits
      .nullable()
      .describe('What all of its coupons take off at the most; null: it hangs on the orders’ amounts.'),
    planHash: planHashText,
  })
  .meta({ id: 'CampaignPlan', description: 'What a campaign would be; nothing was made.' });

const closeRequest = z
  .strictObject({
    reason: z.string().min(1).max(1000).exactOptional().describe('Kept with who closed it.'),
    dryRun: z.boolean().default(false).describe('Show what it would do, without doing it.'),
    planHash: approvedHash,
  })
  .default({ dryRun: false })
  .meta({ id: 'CloseCampaignRequest' });
const closingPlan = z
  .object({
    dryRun: z.literal(true),
    campaignId: uuid,
    changes: z.boolean().describe('False: it is closed already.'),
    withholds: count.describe('The coupons that it has left now, and would issue no more: at the most.'),
    planHash: planHashText.describe(
      'SHA-256 over the campaign, its total and whether it is closed: what it has left falls with each request.',
    ),
  })
  .meta({ id: 'ClosingPlan' });

const listQuery = z.strictObject({ cursor: pageCursor, limit: pageLimit });

/** Registers the routes. */
export function campaignRoutes(routes: Routes, parts: CouponApiParts): void {
  const { campaignStore, reads, now } = parts;
  const admit = admitReads(parts);

  resource(routes, '/v1/campaigns', {
    POST: {
      id: 'createCampaign',
      summary: 'Makes a campaign with a number of coupons; or previews it.',
      description:
        'An Idempotency-Key is unique for each maker. `endsAt` and `validUntil` must lie in the future. The campaign issues no ' +
        'coupon from `validUntil` on.',
      roles: MAKERS,
      reads: { headers: z.object({ 'Idempotency-Key': idempotencyKey }), body: campaignRequest },
      answers: { 200: { body: campaignPlan }, 201: { body: campaignAnswer, headers: ['location'] } },
      problems: ['plan-changed', 'idempotency-mismatch'],
      async handle({ headers: { 'Idempotency-Key': key = null }, body, principal }) {
        canonical([body.name, body.reason]);
        const nowMs = now();
        const campaign: NewCampaign = {
          id: uuidv7(nowMs),
          name: body.name,
          total: body.total,
          discount: body.discount,
          startsAt: body.startsAt ?? null,
          endsAt: body.endsAt ?? null,
          validUntil: body.validUntil ?? null,
          createdAt: new Date(nowMs),
          createdBy: `${principal.role}:${principal.subject}`,
        };
        const past = pastIn(body, nowMs);
        // A repeat gets its campaign, though its end may have passed meanwhile.
        if (past !== null && (key === null || !(await campaignStore.isMade(campaign.createdBy, key)))) {
          throw new Problem('validation', `${past.pointer}: ${past.detail}`, { errors: [past] });
        }
        const plan = planOf(campaign, nowMs);
        if (body.dryRun) return { status: 200, body: plan };
        const isRepeat = async () => key !== null && (await campaignStore.isMade(campaign.createdBy, key));
        if (body.planHash !== undefined && !(await isRepeat())) refuseOther(plan, body.planHash);
        const stands = await created(campaignStore, campaign, key, body.reason ?? null);
        if (!isSame(stands, campaign)) {
          throw new Problem('idempotency-mismatch', 'You used the Idempotency-Key for another campaign');
        }
        const view = campaignView(stands, nowMs);
        return { status: 201, body: view, headers: { location: view.links.self } };
      },
    },
    GET: {
      id: 'listCampaigns',
      summary: 'Campaigns, newest first.',
      roles: EVERYBODY,
      admit,
      reads: { query: listQuery },
      answers: { 200: { body: campaignPage } },
      async handle({ query: { cursor, limit } }) {
        const found = await campaignStore.list(
          limit + 1,
          cursor === undefined ? undefined : fromCursor(cursor),
        );
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const nextCursor = found.length > limit && last !== undefined ? toCursor(last.id) : null;
        return { status: 200, body: { items: items.map((one) => campaignView(one, now())), nextCursor } };
      },
    },
  });

  resource(routes, '/v1/campaigns/:id', {
    GET: {
      id: 'getCampaign',
      summary: 'A campaign, and how many coupons it has left.',
      roles: EVERYBODY,
      admit,
      reads: { params: idInPath },
      answers: { 200: { body: campaignAnswer } },
      async handle({ params: { id } }) {
        const [campaign] = await reads.campaigns([id]);
        return { status: 200, body: campaignView(foundOr404(id, campaign), now()) };
      },
    },
  });

  resource(routes, '/v1/campaigns/:id/close', {
    POST: {
      id: 'closeCampaign',
      summary: 'Closes a campaign: it issues no more coupons.',
      description:
        'It may be repeated: a closed campaign stays closed. Requests accepted before are decided still. A dry run shows how many coupons it would withhold.',
      roles: MAKERS,
      reads: { params: idInPath, body: closeRequest },
      answers: { 200: { body: z.union([campaignAnswer, closingPlan]) } },
      problems: ['plan-changed'],
      async handle({ params: { id }, body: { reason = null, dryRun, planHash: seen }, principal }) {
        canonical(reason);
        if (dryRun) {
          const [campaign] = await reads.campaigns([id]);
          return { status: 200, body: closingPlanOf(foundOr404(id, campaign)) };
        }
        const by = {
          closedBy: `${principal.role}:${principal.subject}`,
          reason,
          ...(seen !== undefined && {
            approves: (present: Campaign) => closingPlanOf(present).planHash === seen,
          }),
        };
        const closing = campaignStore.close(id, new Date(now()), by);
        const closed = await confirmed(closing, `/v1/campaigns/${id}`).catch((error) => {
          throw error instanceof CampaignChanged ? planChanged(closingPlanOf(error.campaign)) : error;
        });
        return { status: 200, body: campaignView(foundOr404(id, closed), now()) };
      },
    },
  });
}

/**
 * Creates a campaign, with a second attempt if the first outcome is unknown: it waits for the first, and settles it.
 * @throws Problem `outcome-unknown` with its address when neither attempt was confirmed
 */
async function created(
  store: Pick<CouponApiParts['campaignStore'], 'create'>,
  campaign: NewCampaign,
  key: string | null,
  reason: string | null,
): Promise<Campaign> {
  try {
    return await store.create(campaign, key, reason);
  } catch (error) {
    if (!isOutcomeUnknown(error)) throw error;
    return await store.create(campaign, key, reason).catch(() => {
      const advice =
        key === null
          ? 'Read links.self before you create it again: a 404 a minute from now means that it was not created'
          : 'Repeat the request under its Idempotency-Key until it is answered';
      throw outcomeUnknown(`The database has not confirmed the campaign. ${advice}`, {
        campaignId: campaign.id,
        links: { self: `/v1/campaigns/${campaign.id}` },
      });
    });
  }
}

/** What a campaign would be. */
function planOf(campaign: NewCampaign, nowMs: number): View<typeof campaignPlan> {
  const { name, total, discount, startsAt, endsAt, validUntil } = campaign;
  const worth = discount.kind === 'amount' ? total * discount.value : null;
  const opens = startsAt === null || startsAt.getTime() <= nowMs;
  const plan = { name, total, discount, opens, worth };
  const instants = [startsAt, endsAt, validUntil].map((at) => at?.toISOString() ?? null);
  const hash = planHash({ act: 'create-campaign', ...plan, instants });
  return { dryRun: true, ...plan, startsAt, endsAt, validUntil, planHash: hash };
}

/** What closing a campaign would do. Meanwhile it issues coupons: it withholds no more than this. */
function closingPlanOf({ id: campaignId, total, issued, closedAt }: Campaign): View<typeof closingPlan> {
  const changes = closedAt === null;
  const hash = planHash({ act: 'close-campaign', campaignId, total, changes });
  return { dryRun: true, campaignId, changes, withholds: changes ? total - issued : 0, planHash: hash };
}

function isBefore(start: Date | undefined, end: Date | undefined): boolean {
  return start === undefined || end === undefined || start < end;
}

/** The end that has passed already: nobody could win a coupon, or use the one won. */
function pastIn(body: z.output<typeof campaignRequest>, nowMs: number): FieldError | null {
  const name = (['endsAt', 'validUntil'] as const).find((one) => (body[one]?.getTime() ?? Infinity) <= nowMs);
  return name === undefined ? null : { pointer: `/${name}`, detail: 'must lie in the future' };
}

/** Whether two campaigns come from equal request bodies. */
function isSame(one: NewCampaign, other: NewCampaign): boolean {
  const bodyOf = ({ name, total, discount, startsAt, endsAt, validUntil }: NewCampaign) => {
    return { name, total, discount, startsAt, endsAt, validUntil };
  };
  return isDeepStrictEqual(bodyOf(one), bodyOf(other));
}

function foundOr404(id: string, campaign: Campaign | null | undefined): Campaign {
  if (campaign == null) throw new Problem('not-found', `There is no campaign ${id}`);
  return campaign;
}
