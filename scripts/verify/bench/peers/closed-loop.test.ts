import { expect } from 'chai';
import { loopFigures, type OnEnd, runLoop } from './closed-loop.ts';

describe('a closed loop', () => {
  const plan = { inFlight: 3, rampMs: 0, fromMs: 100, toMs: 300 };

  it('keeps as many in flight until its window ends, and ends them all', async () => {
    let now = 0;
    const flying: OnEnd[] = [];
    const most: number[] = [];
    const loop = runLoop(plan, { now: () => now, startedAt: 0 }, (onEnd) => {
      flying.push(onEnd);
      most.push(flying.length);
    });
    for (; flying.length > 0; now += 10) flying.shift()?.(null);
    const { ends, failures, unended } = await loop;
    expect(Math.max(...most)).to.equal(3);
    // One ends every 10 ms until 290, then the two that are left and the one that this end has sent.
    expect(ends.length).to.equal(33);
    expect([failures, unended]).to.deep.equal([{}, 0]);
  });

  it('sends the first ones one after the other', async () => {
    // Each reading of the clock is a millisecond later.
    let now = 0;
    const clock = { now: () => now++, startedAt: 0 };
    const sentAt: number[] = [];
    const flying: OnEnd[] = [];
    await runLoop({ inFlight: 5, rampMs: 100, fromMs: 200, toMs: 300 }, clock, (onEnd) => {
      sentAt.push(now);
      flying.push(onEnd);
      if (flying.length < 5) return;
      now = 300;
      for (const end of flying) end(null);
    });
    expect(sentAt.length).to.equal(5);
    for (const [n, at] of sentAt.entries()) expect(at, `order ${n}`).to.be.at.least(n * 20);
  });

  it('counts what fails by its reason, and stops when everything does', async () => {
    const clock = { now: () => 1, startedAt: 0 };
    const { failures } = await runLoop({ ...plan, inFlight: 1 }, clock, (onEnd) =>
      setImmediate(onEnd, 'status 503'),
    );
    expect(failures).to.deep.equal({ 'status 503': 100 });
  });

  it('gives the figures of what ended in its window, whenever it was sent', () => {
    const ends = [
      { sentAt: 0, endedAt: 99 },
      { sentAt: 90, endedAt: 100 },
      { sentAt: 200, endedAt: 299 },
      { sentAt: 290, endedAt: 300 },
    ];
    const { ordersPerSecond, latency } = loopFigures(plan, { ends, failures: {}, unended: 0 });
    expect(ordersPerSecond).to.equal(10);
    expect(latency).to.deep.include({ count: 2, p50: 10, max: 99 });
  });
});
