/** The pace in a process, on the real clock and a store in memory. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { memoryUnitOfWork } from '#runtime/testing/memory-unit-of-work.ts';
import { RateWindow } from '#scripts/gateway-simulator/rate-window.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type Gateway, GatewayOutage } from '../gateway.ts';
import { paced } from '../gateways/paced.ts';
import { memoryPaymentStore } from '../testing/memory-store.ts';
import { openPace } from './pace.ts';

/** A gateway that confirms at most so many payments a second, and counts. */
function limitedGateway(perSecond: number) {
  const window = new RateWindow(perSecond);
  const keys: string[] = [];
  let refused = 0;
  const never = () => Promise.reject(new Error('not called'));
  const gateway: Gateway = {
    create: never,
    retrieve: never,
    cancel: never,
    list: async () => ({ items: [], next: null }),
    moneyOf: never,
    refund: never,
    async confirm(_id, key) {
      if (!window.admits(performance.now())) {
        refused += 1;
        throw new GatewayOutage('gateway-limited', '429', { retryAfterMs: 300 });
      }
      keys.push(key);
      return { status: 'succeeded' };
    },
  };
  return { gateway, keys, refused: () => refused };
}

describe('calls at the pace of an account', () => {
  const open = (limit: number, unitOfWork = memoryUnitOfWork(memoryPaymentStore())) =>
    openPace({ unitOfWork, gatewayName: 'stripe', limit, log: silent });

  it('of two processes stay within the limit together, and none is refused', async () => {
    const unitOfWork = memoryUnitOfWork(memoryPaymentStore());
    const { gateway, keys, refused } = limitedGateway(60);
    const processes = [paced(gateway, open(40, unitOfWork)), paced(gateway, open(40, unitOfWork))];
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: 80 }, (_, i) => (processes[i % 2] as Gateway).confirm('pi', String(i))),
    );
    expect(performance.now() - startedAt).to.be.within(1_500, 20_000);
    expect([new Set(keys).size, keys.length, refused()]).to.deep.equal([80, 80, 0]);
  });

  it('that the gateway refuses wait and are repeated as they were, under a limit that nobody set', async () => {
    const { gateway, keys, refused } = limitedGateway(50);
    const pace = open(Number.POSITIVE_INFINITY);
    const calling = paced(gateway, pace);
    expect(pace.room()).to.equal(Number.POSITIVE_INFINITY);
    const all = Array.from({ length: 150 }, (_, i) => calling.confirm('pi', String(i)));
    await Promise.all(all);
    expect([new Set(keys).size, keys.length]).to.deep.equal([150, 150]);
    // The burst before the limit was known, and a few each time the pace has grown beyond it.
    expect(refused()).to.be.below(200);
    expect(pace.rate()).to.be.within(1, 100);
  });

  it('give up after a while, as an outage that executed nothing', async () => {
    const { gateway, refused } = limitedGateway(0);
    const failure = await paced(gateway, open(1_000), 400)
      .confirm('pi', 'k')
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(GatewayOutage).and.include({ outage: 'gateway-limited' });
    expect(refused()).to.be.within(2, 3);
  });

  it('begin slowly after an outage, and none is lost', async () => {
    const startedAt: number[] = [];
    let isAway = true;
    const { gateway: answering } = limitedGateway(1_000);
    const gateway: Gateway = {
      ...answering,
      async confirm(id, key) {
        if (isAway) throw new GatewayOutage('gateway-paused', 'no call was made');
        startedAt.push(performance.now());
        return answering.confirm(id, key);
      },
    };
    const pace = open(Number.POSITIVE_INFINITY);
    const calling = paced(gateway, pace);
    const rejected = await Promise.allSettled([1, 2, 3].map((n) => calling.confirm('pi', `before-${n}`)));
    expect(rejected.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(pace.room(), 'the circuit rejects calls, the pace need not').to.equal(Number.POSITIVE_INFINITY);
    isAway = false;
    await calling.confirm('pi', 'test');
    expect(pace.room()).to.equal(5);
    await Promise.all(Array.from({ length: 30 }, (_, i) => calling.confirm('pi', String(i))));
    const [backAt = 0] = startedAt;
    const within = (ms: number) => startedAt.filter((at) => at <= backAt + ms).length;
    expect(within(900)).to.be.within(4, 7);
    expect(within(1_900)).to.be.within(12, 18);
    expect(startedAt).to.have.length(31);
  });

  // Regression: of refusals close together the first one's pause counted for the others, however long the next one's was.
  it('wait for the longest of several pauses that the gateway demands, in every process', async () => {
    const unitOfWork = memoryUnitOfWork(memoryPaymentStore());
    const pace = open(100, unitOfWork);
    pace.tooFast(100);
    pace.tooFast(5_000);
    const pauseMs = () =>
      unitOfWork.transaction(async ({ store }) => {
        const { state, nowMs } = await store.lockPace('stripe');
        return state.nextAt - nowMs;
      });
    await waitUntil(pauseMs, (ms) => ms > 4_000);
  });
});
