/** Forecasts: an interval where something moves, the reason where nobody knows. */
import { expect } from 'chai';
import { given, inventoryReserved, NOW_MS, notice } from '#orchestrator/sagas/order/testing/given.ts';
import type { SagaRow } from '../saga.ts';
import { type Forecast, forecastOf } from './forecast.ts';
import type { BrokerObservations, Observations } from './observations.ts';
import { AHEAD, AT_MS, brokers, flow, pace, row, seen, WAY } from './testing/seen.ts';
import { whyOf } from './why.ts';

const forecast = (change: Partial<Observations> = {}): Forecast | null => {
  const observed = seen(change);
  return forecastOf(observed, whyOf(observed));
};

/** The bounds, in seconds from now. */
function bounds(found: Forecast | null): [from: number, to: number] {
  if (found === null || 'unknown' in found) throw new Error(JSON.stringify(found));
  return [(found.from.getTime() - AT_MS) / 1000, (found.to.getTime() - AT_MS) / 1000];
}

describe('a forecast', () => {
  it('is how long the states ahead usually last, where nothing queues', () => {
    const usual = Object.fromEntries(WAY.map((state) => [state, { p50Ms: 100, p95Ms: 1_000, samples: 50 }]));
    const [from, to] = bounds(forecast({ usual, brokers: brokers(100, 0) }));
    expect(from).to.be.within(0.1, 0.4);
    expect(to).to.be.within(3, 4);
  });

  it('is the work before it over the speed of the engines, where something queues', () => {
    const loads = [
      { state: 'created', sagas: 10_000, failedAt: null },
      { state: 'chargingPayment', sagas: 1_000, failedAt: null },
    ];
    const [from, to] = bounds(forecast({ loads, brokers: brokers(1_000, 10_000) }));
    // 10,000 × 5 and 1,000 × 3 transitions at 1,000 a second; at the earliest the 1,000 that are further on.
    expect(from).to.be.within(1, 4);
    expect(to).to.be.within(53, 100);
  });

  it('grows with what arrives meanwhile', () => {
    const loads = [{ state: 'created', sagas: 10_000, failedAt: null }];
    const [, alone] = bounds(forecast({ loads, brokers: brokers(1_000, 10_000) }));
    const observed = brokers(1_000, 10_000);
    const arriving = observed.flows.map((one) =>
      one.topic === 'order-created' ? { ...one, allWrittenPerSecond: 100 } : one,
    );
    const [, to] = bounds(forecast({ loads, brokers: { ...observed, flows: arriving } }));
    expect(to).to.be.greaterThan(1.5 * alone);
  });

  it('is wider where the speed has changed: it may go on to fall, or to rise', () => {
    const loads = [{ state: 'chargingPayment', sagas: 10_000, failedAt: null }];
    const observed = brokers(1_000, 10_000);
    const [from, to] = bounds(forecast({ loads, brokers: observed }));
    const at = (...lately: number[]) =>
      bounds(forecast({ loads, brokers: { ...observed, paces: [pace(1_000, lately)] } }));
    expect(at(2_600)[1]).to.be.within(1.7 * to, 2.1 * to);
    expect(at(100_000)[1], 'up to a bound').to.be.lessThan(4 * to);
    expect(at(500)[0]).to.be.within(0.45 * from, 0.6 * from);
    expect(at(500)[1]).to.equal(to);
  });

  it('promises no earliest moment while a queue has only just begun to move', () => {
    const loads = [{ state: 'chargingPayment', sagas: 10_000, failedAt: null }];
    const observed = brokers(1_000, 10_000);
    const began = observed.flows.map((one) => ({ ...one, hasMovedBefore: false }));
    const [settled] = bounds(forecast({ loads, brokers: observed }));
    const [from] = bounds(forecast({ loads, brokers: { ...observed, flows: began } }));
    expect(settled).to.be.greaterThan(5);
    expect(from).to.be.lessThan(1);
  });

  it('is unknown where sagas arrive as fast as they are handled', () => {
    const observed = brokers(1_000, 10_000);
    const arriving = observed.flows.map((one) =>
      one.topic === 'order-created' ? { ...one, allWrittenPerSecond: 190 } : one,
    );
    expect(
      forecast({
        loads: [{ state: 'created', sagas: 10_000, failedAt: null }],
        brokers: { ...observed, flows: arriving },
      }),
    ).to.deep.equal({
      unknown: 'sagas arrive as fast as the engines handle them',
    });
  });

  it('is unknown where the queue does not move, or was not observed for long enough', () => {
    const loads = [{ state: 'created', sagas: 10_000, failedAt: null }];
    expect(forecast({ loads, brokers: brokers(null, 10_000) })).to.have.property('unknown');
    expect(forecast({ loads, brokers: brokers(0, 10_000) })).to.deep.equal({ unknown: 'nothing moves it' });
  });

  it('is unknown while a person, a third party or something that is away decides', () => {
    expect(forecast({ engines: { alive: 0, knowing: 0 } })).to.have.property('unknown');
    expect(forecast({ row: { ...row, paused: true } })).to.have.property('unknown');
    const stuck = { since: new Date(NOW_MS).toISOString(), code: 'confirm-unanswered' };
    expect(forecast({ row: { ...row, stuck } })).to.have.property('unknown');
    expect(forecast({ brokers: null })).to.have.property('unknown');
  });

  it('is the brake’s rate for what it held', () => {
    const brake = {
      ...{ id: 'b', holds: 'payment.charge', reason: 'r', setBy: 'otto', setAt: new Date(NOW_MS) },
      ...{ perSecond: 10, releasedAt: new Date(NOW_MS) },
    };
    const pending = { ...row.pending, brake: { id: 'b', command: 'payment.charge' } };
    const held = { row: { ...row, paused: true, pending }, brake, before: { inState: 0, onBrake: 600 } };
    const [from, to] = bounds(forecast(held));
    expect(from).to.be.within(20, 32);
    expect(to).to.be.within(75, 110);
  });

  describe('rests on nothing that was observed before', () => {
    const charging = given().after(inventoryReserved);
    const ahead = AHEAD.slice(2);
    /** Answers to charges were written between these observations, s from now. */
    const answered = (afterS: number, byS: number): BrokerObservations => {
      const written = { afterMs: AT_MS + afterS * 1000, byMs: AT_MS + byS * 1000 };
      const answers = { perSecond: 5, allPerSecond: 5, allWritten: written };
      const { flows, ...others } = brokers(100, 0);
      return { ...others, flows: [...flows, flow('engine', 'payment-completed', answers)] };
    };
    /** A charge whose participant reported a failure three seconds ago, and tries again in one. */
    const failing = (code: string, observed: BrokerObservations, change: Partial<Observations> = {}) => {
      const { row: failed } = charging.after(notice('payment.delayed', 1, { code, text: 'it fails' }));
      const at = new Date(AT_MS - 3_000).toISOString();
      const failure = { ...failed.lastFailure, at } as NonNullable<SagaRow['lastFailure']>;
      const reported = { [failure.commandId]: { count: 1, nextTryAt: new Date(AT_MS + 1_000) } };
      const delayed = { ...failed, lastFailure: failure, stateSince: new Date(AT_MS - 4_000) };
      return forecast({ row: delayed, ahead, brokers: observed, reported, ...change });
    };

    it('the failure that its participant reported: answers count that were written afterwards', () => {
      const unknown = { unknown: 'nobody has got an answer to payment.charge since that failure' };
      expect(failing('gateway-unreachable', answered(-8, -5.5))).to.deep.equal(unknown);
      // They may have been written before it.
      expect(failing('gateway-unreachable', answered(-4, -1.5))).to.deep.equal(unknown);
      expect(failing('gateway-unreachable', brokers(100, 0))).to.have.property('unknown');
      const [from] = bounds(failing('gateway-unreachable', answered(-2.5, 0)));
      expect(from, 'not before it tries again').to.be.at.least(1);
    });

    it('the failure, unless its participant keeps to a pace, and still answers', () => {
      bounds(failing('gateway-limited', answered(-8, -5.5)));
      const silent = answered(-50, -47.5);
      const flows = silent.flows.map((one) => ({ ...one, allPerSecond: 0 }));
      expect(failing('gateway-limited', { ...silent, flows })).to.deep.equal({
        unknown: 'its participant answers nobody',
      });
    });

    it('the next attempt that its participant announced, once that is past', () => {
      const reported = (nextTryMs: number) => ({
        reported: {
          [`${row.id}/payment.charge`]: { count: 1, nextTryAt: new Date(AT_MS + nextTryMs) },
        },
      });
      const [, soon] = bounds(failing('gateway-unreachable', answered(-2.5, 0), reported(1_000)));
      const [from, late] = bounds(failing('gateway-unreachable', answered(-2.5, 0), reported(-1_000)));
      // It failed again 1 s ago at the latest, and waits 5 s at the most from then.
      expect(from).to.be.lessThan(1);
      expect(late).to.be.greaterThan(soon + 3);
    });

    it('a failure that delays others in a state that it has yet to leave', () => {
      const loads = [{ state: 'chargingPayment', sagas: 5, failedAt: new Date(AT_MS - 3_000) }];
      expect(forecast({ loads, brokers: answered(-8, -5.5) })).to.deep.equal({
        unknown: 'a failure delays sagas in chargingPayment, and nobody has left that state since',
      });
      bounds(forecast({ loads, brokers: answered(-2.5, 0) }));
      // One fails, and others go on.
      bounds(
        forecast({
          loads: loads.map((one) => ({ ...one, failedAt: new Date(AT_MS) })),
          brokers: answered(-2.5, 0),
        }),
      );
      const { row: past } = charging.after('payment.charged');
      bounds(forecast({ row: past, ahead: AHEAD.slice(3), loads, brokers: answered(-8, -5.5) }));
    });

    it('its command takes longer than is usual', () => {
      const usual = { chargingPayment: { p50Ms: 100, p95Ms: 200, samples: 50 } };
      const slow = { row: charging.row, ahead, usual, nowMs: AT_MS + 8_000 };
      const at = (observed: BrokerObservations) => ({ ...observed, atMs: AT_MS + 8_000 });
      expect(forecast({ ...slow, brokers: at(answered(-2.5, 0)) })).to.deep.equal({
        unknown: 'nobody has got an answer to payment.charge since it takes longer than usual',
      });
      expect(forecast({ ...slow, brokers: at(answered(5.5, 8)) })).to.have.property('from');
      // Within two observations nobody can have seen an answer.
      const early = { ...slow, nowMs: AT_MS + 4_000, brokers: { ...answered(-2.5, 0), atMs: AT_MS + 4_000 } };
      expect(forecast(early)).to.have.property('from');
    });

    it('a brake on a command that it has yet to send, or another one on the command that one lets go', () => {
      const brakes = new Map([['payment.charge', 'b']]);
      expect(forecast({ brakes })).to.deep.equal({ unknown: 'a brake holds payment.charge' });
      expect(forecast({ brakes, row: charging.row, ahead })).to.have.property('from');
      const brake = {
        ...{ id: 'b', holds: 'payment.charge', reason: 'r', setBy: 'otto', setAt: new Date(NOW_MS) },
        ...{ perSecond: 10, releasedAt: new Date(NOW_MS) },
      };
      const pending = { ...charging.row.pending, brake: { id: 'b', command: 'payment.charge' } };
      const held = { row: { ...charging.row, paused: true, pending }, brake, ahead };
      expect(forecast({ ...held, brakes })).to.have.property('from');
      expect(forecast({ ...held, brakes: new Map([['payment.charge', 'later']]) })).to.deep.equal({
        unknown: 'a brake holds payment.charge',
      });
    });

    it('a participant on its way that is away', () => {
      const observed = brokers(100, 0);
      const groups = observed.groups.map((one) => (one.group === 'payment' ? { ...one, members: 0 } : one));
      expect(forecast({ brokers: { ...observed, groups } })).to.deep.equal({
        unknown: 'no process of payment is in its group',
      });
    });

    it('the engines or a participant on its way have ceased to read', () => {
      const ceased = (group: string, ms: number) => {
        const observed = brokers(100, 40);
        const still = { allUnread: 40, allReadSinceMs: AT_MS - ms, allUnreadSinceMs: AT_MS - ms };
        const flows = observed.flows.map((one) => (one.group === group ? { ...one, ...still } : one));
        return forecast({ brokers: { ...observed, flows } });
      };
      expect(ceased('engine', 7_500)).to.deep.equal({
        unknown: 'the engines have read nothing for 7.5 s, though there are records to read',
      });
      expect(ceased('payment', 7_500))
        .to.have.property('unknown')
        .that.matches(/^payment has read nothing/);
      bounds(ceased('engine', 2_500));
    });

    it('the speed of engines of which one has gone or come since', () => {
      const loads = [{ state: 'created', sagas: 10_000, failedAt: null }];
      const observed = brokers(1_000, 10_000);
      expect(forecast({ loads, brokers: { ...observed, paces: [pace(null)] } })).to.deep.equal({
        unknown: 'it has not been observed for long enough how fast the queues move',
      });
    });

    it('the brokers have ceased to answer', () => {
      expect(forecast({ brokers: { ...brokers(100, 0), atMs: AT_MS - 7_500 } })).to.deep.equal({
        unknown: 'no broker has answered for 7.5 s',
      });
      bounds(forecast({ brokers: { ...brokers(100, 0), atMs: AT_MS - 4_000 } }));
    });
  });

  it('is none of a saga that has ended', () => {
    expect(forecast({ row: { ...row, endedAt: new Date(NOW_MS), status: 'completed' } })).to.equal(null);
  });
});
