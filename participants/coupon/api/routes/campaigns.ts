/** Campaigns: made and closed by the shop and by the people who run it, seen by everybody. */
import { isDeepStrictEqual } from 'node:util';
import type { Router } from 'express';
import * as z from 'zod';
import { answer } from '../../../wire/http/answer.ts';
import { fromCursor, toCursor } from '../../../wire/http/cursor.ts';
import { Problem } from '../../../wire/http/problem.ts';
import { OPERATORS, resource, VIEWERS } from '../../../wire/http/resource.ts';
import { canonical, idempotencyKey, idIn, valid } from '../../../wire/http/validate.ts';
import { uuidv7 } from '../../../wire/ids.ts';
import type { Role } from '../../../wire/tokens.ts';
import { discount } from '../../events.ts';
import type { Campaign, NewCampaign } from '../../store.ts';
import { admittedToLook } from '../admit.ts';
import type { CouponApiParts } from '../parts.ts';

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;
const MAX_TOTAL = 100_000_000;

const MAKERS: readonly Role[] = ['service', ...OPERATORS];
const EVERYBODY: readonly Role[] = ['customer', 'service', ...VIEWERS];

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const campaignRequest = z
  .strictObject({
    name: z.string().min(1).max(200),
    total: z.number().int().min(1).max(MAX_TOTAL),
    startsAt: instant.exactOptional(),
    endsAt: instant.exactOptional(),
    validUntil: instant.exactOptional(),
    discount: z.discriminatedUnion(
      'kind',
      discount.options.map((option) => option.strict()) as [
        (typeof discount.options)[0],
        (typeof discount.options)[1],
      ],
    ),
  })
  .refine(({ startsAt, endsAt }) => startsAt === undefined || endsAt === undefined || startsAt < endsAt, {
    path: ['endsAt'],
    message: 'must be later than startsAt',
  });

const listQuery = z.strictObject({
  cursor: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
});

/** Puts the routes on a router. */
export function campaignRoutes(router: Router, parts: CouponApiParts): void {
  const { tokens, book, reads, now } = parts;

  resource(router, tokens, '/v1/campaigns', {
    POST: {
      roles: MAKERS,
      body: true,
      async handle(request, response, { subject, role }) {
        const asked = valid(campaignRequest, request.body);
        canonical(asked.name);
        const nowMs = now();
        const campaign: NewCampaign = {
          id: uuidv7(nowMs),
          name: asked.name,
          total: asked.total,
          discount: asked.discount,
          startsAt: asked.startsAt ?? null,
          endsAt: asked.endsAt ?? null,
          validUntil: asked.validUntil ?? null,
          createdAt: new Date(nowMs),
          createdBy: `${role}:${subject}`,
        };
        const stands = await book.create(campaign, idempotencyKey(request.get('idempotency-key')));
        if (!isSame(stands, campaign)) {
          throw new Problem('idempotency-mismatch', 'You used the Idempotency-Key for another campaign');
        }
        const view = campaignView(stands, nowMs);
        answer(response, 201, view, { location: view.links.self });
      },
    },
    GET: {
      roles: EVERYBODY,
      async handle(request, response, principal) {
        admittedToLook(parts, request, principal);
        const { cursor, limit } = valid(listQuery, request.query);
        const found = await book.list(limit + 1, cursor === undefined ? undefined : fromCursor(cursor));
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const nextCursor = found.length > limit && last !== undefined ? toCursor(last.id) : null;
        answer(response, 200, { items: items.map((one) => campaignView(one, now())), nextCursor });
      },
    },
  });

  resource(router, tokens, '/v1/campaigns/:id', {
    GET: {
      roles: EVERYBODY,
      async handle(request, response, principal) {
        admittedToLook(parts, request, principal);
        const id = idIn(request.params.id);
        const [campaign] = await reads.campaigns([id]);
        answer(response, 200, campaignView(foundOr404(id, campaign), now()));
      },
    },
  });

  resource(router, tokens, '/v1/campaigns/:id/close', {
    POST: {
      roles: MAKERS,
      async handle(request, response) {
        const id = idIn(request.params.id);
        answer(response, 200, campaignView(foundOr404(id, await book.close(id, new Date(now()))), now()));
      },
    },
  });
}

/** Whether two campaigns were asked for alike. */
function isSame(one: NewCampaign, other: NewCampaign): boolean {
  const askedFor = ({ name, total, discount, startsAt, endsAt, validUntil }: NewCampaign) => {
    return { name, total, discount, startsAt, endsAt, validUntil };
  };
  return isDeepStrictEqual(askedFor(one), askedFor(other));
}

function foundOr404(id: string, campaign: Campaign | null | undefined): Campaign {
  if (campaign == null) throw new Problem('not-found', `There is no campaign ${id}`);
  return campaign;
}

function campaignView(campaign: Campaign, nowMs: number) {
  const { id, name, total, issued, discount, startsAt, endsAt, validUntil, createdAt, closedAt } = campaign;
  return {
    id,
    name,
    status: statusOf(campaign, new Date(nowMs)),
    total,
    issued,
    left: total - issued,
    discount,
    startsAt,
    endsAt,
    validUntil,
    createdAt,
    closedAt,
    links: { self: `/v1/campaigns/${id}`, requests: `/v1/campaigns/${id}/requests` },
  };
}

/** For people; what counts for a request is judged on the brokers' clock. */
function statusOf({ issued, total, startsAt, endsAt, closedAt }: Campaign, now: Date) {
  if (closedAt !== null && now >= closedAt) return 'closed';
  if (endsAt !== null && now >= endsAt) return 'ended';
  if (issued >= total) return 'sold-out';
  return startsAt !== null && now < startsAt ? 'scheduled' : 'open';
}
