/**
 * Bursts for coupons on the real stack, with duplicates and injected faults: exactly as many coupons as promised, and
 * a true answer to every request.
 */
import { expect } from 'chai';
import { type BurstSize, SIZES } from '../chaos/coupons/burst-plan.ts';
import { type CouponEnvironment, openCouponEnvironment } from '../chaos/coupons/coupon-environment.ts';
import { COUPON_FAULTS } from '../chaos/coupons/coupon-faults.ts';
import { type Flow, openFlow } from '../chaos/coupons/flow.ts';
import { runBurst } from '../chaos/coupons/run-burst.ts';

/** The faults that cost a test a few seconds; `npm run chaos -- coupons` makes all of them. */
const FAULTS = [
  'flush redis',
  'kill redis',
  'roll back redis',
  'kill issuer',
  'kill broker',
  'kill postgres',
  'restore postgres',
];

describe('a burst for coupons', () => {
  let environment: CouponEnvironment;
  let flow: Flow;
  before(async () => {
    // A stack of its own: this test kills parts that other tests need.
    const { signal } = new AbortController();
    environment = await openCouponEnvironment({ stack: 'test-coupons', issuers: 1, print: () => {}, signal });
    flow = await openFlow(environment.system.addresses.kafka);
  });
  after(async () => {
    await flow?.close();
    await environment?.close(true);
  });

  const burst = async (name: string, size: BurstSize, seed: number) => {
    const fault = COUPON_FAULTS.find((one) => one.name === name);
    if (fault === undefined) throw new Error(`there is no fault "${name}"`);
    const result = await runBurst(environment, flow, fault, size, seed);
    expect(result.problems, JSON.stringify(result)).to.deep.equal([]);
    const { issued, over, under, unanswered, untruthful } = result;
    expect({ issued, over, under, unanswered, untruthful }).to.deep.equal({
      issued: size.coupons,
      over: 0,
      under: 0,
      unanswered: 0,
      untruthful: 0,
    });
  };

  it('issues each coupon once, and answers every request truly', () => burst('none', SIZES.small, 1));

  for (const [nth, fault] of FAULTS.entries())
    it(`does so through a fault: ${fault}`, () => burst(fault, SIZES.tiny, nth + 2));
});
