/** The share of requests that is turned away: patient, bounded, and back to nothing when there is room. */
import { expect } from 'chai';
import { afterWindow, type Stand } from './pressure.ts';

const MAX = 0.98;
const QUIET: Stand = { share: 0, busy: 0 };

/** How things stand after some windows. */
function after(...utilizations: number[]): Stand {
  return utilizations.reduce((stand, one) => afterWindow(stand, one, MAX), QUIET);
}

const always = (utilization: number, windows: number) => Array.from({ length: windows }, () => utilization);

describe('the pressure on the coupon API', () => {
  it('turns nobody away for one busy moment, however often it comes', () => {
    expect(after(1, 0.5, 1, 0.5, 1).share).to.equal(0);
  });

  it('turns more and more away while the thread has no pause, but always tries some', () => {
    const shares = [2, 3, 6, 100].map((windows) => after(...always(1, windows)).share);
    expect(shares[0]).to.be.closeTo(0.1, 1e-9);
    expect(shares[1]).to.be.closeTo(0.2, 1e-9);
    expect(shares[2]).to.be.closeTo(0.5, 1e-9);
    expect(shares[3]).to.equal(0.95);
  });

  it('holds the share where the thread is busy and keeps up', () => {
    expect(after(...always(1, 4), ...always(0.93, 50)).share).to.be.closeTo(0.3, 1e-9);
  });

  it('lets all in again once there is room', () => {
    expect(after(...always(1, 100), ...always(0.5, 19)).share).to.be.closeTo(0, 1e-9);
  });

  it('never turns anybody away where the bound is 1', () => {
    const stand = always(1, 10).reduce((one, utilization) => afterWindow(one, utilization, 1), QUIET);
    expect(stand.share).to.equal(0);
  });
});
