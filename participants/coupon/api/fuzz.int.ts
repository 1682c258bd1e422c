/** The coupon API under requests drawn from its own OpenAPI document. */
import { fuzzContract } from '#platform/http/testing/fuzz/fuzz.contract.ts';
import {
  CAMPAIGN,
  madeCampaign,
  openWorld,
  requested,
  type TestCouponApi,
  type World,
} from './testing/world.ts';

/** Coupons are for customers and their shops; a shop's backend runs its campaigns. */
const MAY_CHANGE = {
  createCampaign: ['service', 'operator', 'admin'],
  closeCampaign: ['service', 'operator', 'admin'],
  requestCoupon: ['customer', 'service'],
  createTicket: ['customer', 'service', 'viewer', 'operator', 'admin'],
} as const;

describe('the coupon API, fuzzed from its document', () => {
  let world: World;
  let api: TestCouponApi;
  let campaigns: string[];
  let requests: string[];
  before(async () => {
    world = await openWorld();
    api = await world.api();
    campaigns = [await madeCampaign(api), await madeCampaign(api, { total: 1 })];
    requests = [];
    for (const campaign of campaigns)
      for (const user of ['ada', 'some-customer']) requests.push(await requested(api, campaign, user));
    await world.decide(requests.length - 1);
  });
  after(() => world?.close());

  fuzzContract(
    () => ({
      url: api.url,
      token: world.token,
      known: { id: campaigns, requestId: requests, userId: ['ada', 'some-customer'] },
      samples: { createCampaign: [CAMPAIGN], requestCoupon: [{ userId: 'some-customer' }] },
      stored: async () => {
        const [counts] = await world.test.db.query(
          `SELECT (SELECT count(*) FROM coupon.campaigns)::int AS campaigns,
                  (SELECT count(*) FROM coupon.campaigns WHERE closed_at IS NOT NULL)::int AS closed`,
        );
        return { counts, undecided: world.undecided.length };
      },
    }),
    MAY_CHANGE,
  );
});
