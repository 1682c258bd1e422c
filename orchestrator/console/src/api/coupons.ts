/** Reads the coupon API, which is another process at another address: the page's policy and that API's list of origins permit it. */
import { send } from './call.ts';

/** As its document describes it. */
export interface Campaign {
  readonly id: string;
  readonly name: string;
  readonly status: 'scheduled' | 'open' | 'sold-out' | 'ended' | 'closed';
  readonly total: number;
  readonly issued: number;
  readonly left: number;
  readonly discount:
    | { readonly kind: 'percent'; readonly value: number }
    | { readonly kind: 'amount'; readonly value: number; readonly currency: string };
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly validUntil: string | null;
  readonly createdAt: string;
  readonly closedAt: string | null;
}

interface CampaignPage {
  readonly items: readonly Campaign[];
  readonly nextCursor: string | null;
}

/** Campaigns, newest first. @throws ApiProblem, Unreachable */
export async function listCampaigns(
  url: string,
  limit: number,
  cursor: string | null,
): Promise<CampaignPage> {
  const query = new URLSearchParams({ limit: String(limit), ...(cursor !== null && { cursor }) });
  return (await (await send(`${url}/v1/campaigns?${query}`, {})).json()) as CampaignPage;
}

/** @throws ApiProblem, Unreachable */
export async function getCampaign(url: string, id: string): Promise<Campaign> {
  return (await (await send(`${url}/v1/campaigns/${encodeURIComponent(id)}`, {})).json()) as Campaign;
}
