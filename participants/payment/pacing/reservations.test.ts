import { expect } from 'chai';
import { RateWindow } from '#scripts/gateway-simulator/rate-window.ts';
import { type PaceState, rateAt, reserve, slowDown, UNPACED } from './reservations.ts';

const T = 1_790_000_000_000;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** How many calls start within a while, when calls are always wanted. */
function startedIn(ms: number, limit: number, begun: PaceState = UNPACED): number {
  let state = begun;
  let started = 0;
  for (let now = T; now < T + ms; now += 50) {
    const reserved = reserve(state, 1_000, limit, now);
    ({ state } = reserved);
    const { permits, startsInMs, everyMs } = reserved.grant;
    for (let i = 0; i < permits; i++) if (now + startsInMs + i * everyMs < T + ms) started += 1;
  }
  return started;
}

describe('the pace towards a gateway', () => {
  it('is the setting’s rate, also for the slowest and for several processes', () => {
    expect(startedIn(10_000, 50)).to.be.within(500, 515);
    expect(startedIn(10_000, 1)).to.be.within(10, 11);
    const first = reserve(UNPACED, 10, 100, T);
    const second = reserve(first.state, 10, 100, T);
    const end = first.grant.startsInMs + first.grant.permits * first.grant.everyMs;
    expect(second.grant.startsInMs).to.be.within(Math.max(0, end - 250), end);
    expect(second.state.nextAt - first.state.nextAt).to.be.closeTo(100, 0.001);
  });

  it('reserves no more than half a second ahead', () => {
    const { grant, state } = reserve(UNPACED, 1_000, 100, T);
    expect(grant.permits).to.be.within(50, 71);
    const next = reserve(state, 1_000, 100, T).grant;
    expect(next.permits).to.equal(0);
    expect(next.startsInMs).to.be.within(490, 510);
  });

  it('stops for as long as the gateway demands, and slows down once for many refusals', () => {
    const refusal = { limit: 100, taken: 0, retryAfterMs: 3_000, isBlock: false };
    const slowed = slowDown(UNPACED, refusal, T);
    expect(reserve(slowed, 10, 100, T + 2_000).grant.permits).to.equal(0);
    expect(reserve(slowed, 10, 100, T + 3_000).grant).to.include({ permits: 10, startsInMs: 0 });
    const again = slowDown(slowed, { ...refusal, retryAfterMs: 1_000 }, T + 500);
    expect([rateAt(again, 100, T + 500), again.nextAt]).to.deep.equal([
      rateAt(slowed, 100, T + 500),
      T + 3_000,
    ]);
    expect(rateAt(slowDown(again, refusal, T + 1_500), 100, T + 1_500)).to.be.below(70);
  });

  it('learns the rate where no limit is set, from the calls that the gateway took', () => {
    expect(reserve(UNPACED, 500, NO_LIMIT, T).grant).to.include({ permits: 500, everyMs: 0 });
    const slowed = slowDown(UNPACED, { limit: NO_LIMIT, taken: 50, retryAfterMs: 0, isBlock: false }, T);
    expect(rateAt(slowed, NO_LIMIT, T)).to.equal(40);
    expect(startedIn(1_000, NO_LIMIT, slowed)).to.be.within(40, 50);
  });

  // Regression: a slow account's rate was exceeded every other second, and each time a pause of seconds followed.
  for (const perSecond of [4, 20, 100])
    it(`gets three quarters of an account of ${perSecond} calls a second, although each refusal costs a pause`, () => {
      const limit = 1.5 * perSecond;
      const account = new RateWindow(perSecond);
      let state = UNPACED;
      let taken = 0;
      for (let now = T; now < T + 120_000; now += 50) {
        const reserved = reserve(state, 1_000, limit, now);
        state = reserved.state;
        const { permits, startsInMs, everyMs } = reserved.grant;
        for (let i = 0; i < permits; i++) {
          const at = now + startsInMs + i * everyMs;
          if (account.admits(at)) taken += 1;
          else {
            state = slowDown(state, { limit, taken: 0, retryAfterMs: 2_000, isBlock: false }, at);
            break;
          }
        }
      }
      expect(taken / 120).to.be.within(0.75 * perSecond, perSecond);
    });

  it('learns nothing from a gateway that takes nothing: after the block the rate is that of before it', () => {
    const slowed = slowDown(UNPACED, { limit: 6, taken: 0, retryAfterMs: 1_000, isBlock: false }, T);
    let state = slowed;
    for (let seconds = 1; seconds <= 20; seconds++)
      state = slowDown(
        state,
        { limit: 6, taken: 0, retryAfterMs: 1_000, isBlock: true },
        T + 1_100 * seconds,
      );
    expect(rateAt(state, 6, T + 22_000)).to.equal(rateAt(slowed, 6, T));
    const unknown = slowDown(UNPACED, { limit: NO_LIMIT, taken: 0, retryAfterMs: 1_000, isBlock: true }, T);
    expect(rateAt(unknown, NO_LIMIT, T)).to.equal(1);
    expect(rateAt(unknown, NO_LIMIT, T + 6_000)).to.be.within(4, 6);
  });

  it('recovers to the limit, or to none, second by second, and never falls to nothing', () => {
    const slowed = slowDown(UNPACED, { limit: 100, taken: 0, retryAfterMs: 0, isBlock: false }, T);
    expect(rateAt(slowed, 100, T + 5_000)).to.be.within(90, 99);
    expect(rateAt(slowed, 100, T + 60_000)).to.equal(100);
    expect(rateAt(slowed, NO_LIMIT, T + 600_000)).to.equal(NO_LIMIT);
    let state = slowed;
    for (let i = 1; i <= 100; i++)
      state = slowDown(state, { limit: 100, taken: 0, retryAfterMs: 0, isBlock: false }, T + i * 1_000);
    expect(rateAt(state, 100, T + 100_000)).to.be.at.least(1);
  });
});
