/** The waves of a batch of sagas: one, two, five, twenty, then the rate; stopped where too many fail again. */
import { expect } from 'chai';
import type { WaveCount } from '#orchestrator/store/batch-rows.ts';
import { nextWave } from './ramp.ts';

const NOW_MS = 1_000;
const RAMP = { perSecond: 50, stopShare: 0.2 };

/** A wave from the outcomes of its sagas: so many `completed`, `failed-again` … */
const wave = (number: number, outcomes: Readonly<Record<string, number>>): WaveCount[] =>
  Object.entries(outcomes).map(([outcome, items]) => ({
    wave: number,
    state: outcome === 'acted' ? 'watched' : 'ended',
    outcome,
    fingerprint: outcome === 'failed-again' ? 'payment/gateway-down' : null,
    items,
    example: `${outcome} of ${number}`,
  }));
const next = (waves: readonly WaveCount[][], ramp = RAMP, waiting = 1_000) =>
  nextWave(ramp, waiting, waves.flat(), NOW_MS);

describe('the waves of a batch of sagas', () => {
  const steps = [
    wave(3, { completed: 1 }),
    wave(7, { completed: 2 }),
    wave(9, { compensated: 5 }),
    wave(12, { completed: 19, 'failed-again': 1 }),
  ];

  it('grow as sagas end well, then keep to the rate', () => {
    for (const [nth, size] of [1, 2, 5, 20, 50].entries())
      expect(next(steps.slice(0, nth)), `after ${nth} waves`).to.equal(size);
    expect(next(steps.slice(0, 3), { ...RAMP, perSecond: 4 }), 'under a low rate').to.equal(4);
  });

  it('wait for the end of a first wave, and at the full rate for those of five seconds', () => {
    expect(next([wave(3, { acted: 1 })])).to.equal(0);
    expect(next([...steps.slice(0, 2), wave(9, { completed: 4, acted: 1 })])).to.equal(0);
    expect(next([...steps, wave(13, { acted: 50 })])).to.equal(50);
    expect(next([...steps, wave(13, { acted: 225 })])).to.equal(25);
    expect(next([...steps, wave(13, { acted: 250 })])).to.equal(0);
  });

  it('stay as small where none of a wave has ended well, though none has failed again', () => {
    for (const outcome of ['undecided', 'plan-changed', 'refused'])
      expect(next([wave(3, { [outcome]: 1 })]), outcome).to.equal(1);
    expect(next([...steps.slice(0, 1), wave(5, { undecided: 1, 'plan-changed': 1 })])).to.equal(2);
  });

  it('stop when the first saga fails again, and say which failure, and which saga', () => {
    expect(next([wave(3, { 'failed-again': 1 })])).to.deep.equal({
      wave: 1,
      failed: 1,
      of: 1,
      fingerprint: 'payment/gateway-down',
      example: 'failed-again of 3',
      text: 'Wave 1: 1 of 1 failed again, 1 with payment/gateway-down; for example failed-again of 3',
      at: NOW_MS,
    });
  });

  it('stop when more than the share of any wave fails again, before the others of it have ended', () => {
    expect(next([...steps, wave(13, { 'failed-again': 10, acted: 40 })])).to.equal(50);
    expect(next([...steps, wave(13, { 'failed-again': 11, acted: 39 })])).to.include({
      wave: 5,
      failed: 11,
      of: 50,
    });
    expect(next([...steps, wave(13, { 'failed-again': 11, acted: 39 })], { ...RAMP, stopShare: 1 })).to.equal(
      50,
    );
    expect(next([wave(3, { 'failed-again': 1 })], { ...RAMP, stopShare: 0 })).to.be.an('object');
  });

  it('stop nothing that is over', () => {
    expect(next([wave(3, { 'failed-again': 1 })], RAMP, 0)).to.equal(0);
  });
});
