import { mock } from 'node:test';
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { type Gateway, GatewayOutage, GatewayRefusal, type PaymentState } from '../gateway.ts';
import { BREAK_MS, guarded } from './guarded.ts';

const outageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error) => (error instanceof GatewayOutage ? error.outage : error.constructor.name),
  );

/** A gateway with `retrieve` alone. */
const only = (retrieve: Gateway['retrieve']): Gateway => {
  const never = () => Promise.reject(new Error('not called'));
  return {
    retrieve,
    create: never,
    confirm: never,
    cancel: never,
    moneyOf: never,
    refund: never,
    list: never,
  };
};

describe('a guarded gateway', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date'] }));
  afterEach(() => mock.timers.reset());

  it('makes no call during an outage', async () => {
    let calls = 0;
    const away = only(() => {
      calls += 1;
      return Promise.reject(new GatewayOutage('gateway-unreachable', 'away'));
    });
    const gateway = guarded(away, { timeoutMs: 1000, log: silent });
    const seen: string[] = [];
    for (let i = 0; i < 30; i++) seen.push(await outageOf(gateway.retrieve('pi')));
    expect(seen.at(0)).to.equal('gateway-unreachable');
    expect(seen.at(-1)).to.equal('gateway-paused');
    expect(calls).to.equal(20);
  });

  it('lets a single call test a gateway that was away, and rejects the others meanwhile', async () => {
    let answer: ((state: PaymentState) => void) | null = null;
    let calls = 0;
    const gateway = guarded(
      only(() => {
        calls += 1;
        if (calls <= 20) return Promise.reject(new GatewayOutage('gateway-unreachable', 'away'));
        return new Promise((resolve) => (answer = resolve));
      }),
      { timeoutMs: 1_000, log: silent },
    );
    for (let i = 0; i < 20; i++) await outageOf(gateway.retrieve('pi'));
    mock.timers.tick(BREAK_MS + 1);
    const [test, ...others] = Array.from({ length: 10 }, () => outageOf(gateway.retrieve('pi')));
    expect(new Set(await Promise.all(others))).to.deep.equal(new Set(['gateway-paused']));
    (answer as ((state: PaymentState) => void) | null)?.({ status: 'succeeded' });
    expect([await test, calls]).to.deep.equal(['none', 21]);
  });

  it('keeps calling a gateway that refuses or is busy', async () => {
    let calls = 0;
    const answering = only(() => {
      calls += 1;
      const busy = new GatewayOutage('gateway-busy', 'busy');
      return Promise.reject(calls % 2 === 0 ? busy : new GatewayRefusal({ code: 'no' }));
    });
    const gateway = guarded(answering, { timeoutMs: 1000, log: silent });
    for (let i = 0; i < 60; i++) await outageOf(gateway.retrieve('pi'));
    expect(calls).to.equal(60);
  });
});
