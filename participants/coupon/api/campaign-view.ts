/** The public view of a campaign. */
import * as z from 'zod';
import { count, instant, link, nextCursor, uuid, type View } from '#platform/http/schemas.ts';
import { discount } from '../events.ts';
import type { Campaign } from '../issuing/store.ts';

export const campaignAnswer = z
  .object({
    id: uuid,
    name: z.string(),
    status: z
      .enum(['scheduled', 'open', 'sold-out', 'ended', 'closed'])
      .describe('Informative: the issuer judges a request by the brokers’ clock.'),
    total: count.describe('The number of coupons.'),
    issued: count.describe('How many of them are issued.'),
    left: count,
    discount,
    startsAt: instant.nullable(),
    endsAt: instant.nullable(),
    validUntil: instant
      .nullable()
      .describe('Orders accepted until then can redeem its coupons; it issues none afterwards.'),
    createdAt: instant,
    closedAt: instant.nullable(),
    links: z.object({ self: link, requests: link }),
  })
  .meta({ id: 'Campaign' });

/** A page of campaigns. */
export const campaignPage = z
  .object({ items: z.array(campaignAnswer), nextCursor })
  .meta({ id: 'CampaignPage', description: 'Newest first.' });

export function campaignView(campaign: Campaign, nowMs: number): View<typeof campaignAnswer> {
  const { id, name, total, issued, startsAt, endsAt, validUntil, createdAt, closedAt } = campaign;
  return {
    id,
    name,
    status: statusOf(campaign, new Date(nowMs)),
    total,
    issued,
    left: total - issued,
    discount: campaign.discount,
    startsAt,
    endsAt,
    validUntil,
    createdAt,
    closedAt,
    links: { self: `/v1/campaigns/${id}`, requests: `/v1/campaigns/${id}/requests` },
  };
}

function statusOf({ issued, total, startsAt, endsAt, validUntil, closedAt }: Campaign, now: Date) {
  if (closedAt !== null && now >= closedAt) return 'closed';
  if ((endsAt !== null && now >= endsAt) || (validUntil !== null && now >= validUntil)) return 'ended';
  if (issued >= total) return 'sold-out';
  return startsAt !== null && now < startsAt ? 'scheduled' : 'open';
}
