/** Reads campaigns and their coupons' rows, to judge them. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import type { CampaignState, Row } from '../chaos/coupons/judge-burst.ts';

/** Each campaign by its id. */
export async function campaignStates(
  databaseUrl: string,
  ids: readonly string[],
): Promise<Map<string, CampaignState>> {
  const client = new pg.Client({ ...connectionTo(databaseUrl), application_name: 'rolling' });
  await client.connect();
  try {
    const states = new Map<string, CampaignState>();
    for (const id of ids) {
      const { rows: campaigns } = await client.query<{ total: number; issued: number }>(
        'SELECT total::int AS total, issued::int AS issued FROM coupon.campaigns WHERE id = $1::uuid',
        [id],
      );
      const { rows } = await client.query<Row>(
        `SELECT id::text AS id, user_id AS "userId", request_id AS "requestId"
           FROM coupon.coupons WHERE campaign_id = $1::uuid`,
        [id],
      );
      states.set(id, { total: campaigns[0]?.total ?? 0, issued: campaigns[0]?.issued ?? 0, rows });
    }
    return states;
  } finally {
    await client.end();
  }
}
