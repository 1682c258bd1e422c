import { expect } from 'chai';
import { lagAges } from './lag-ages.ts';

describe('the age of a lag', () => {
  it('is 0 without unread records, however long nothing is written', () => {
    const ages = lagAges();
    expect([0, 15, 30].map((at) => ages.observe('p', 10, 10, at))).to.deep.equal([0, 0, 0]);
  });

  it('is the time since the oldest unread record was written, exact to a measurement', () => {
    const ages = lagAges();
    ages.observe('p', 10, 10, 0);
    expect(ages.observe('p', 20, 10, 15)).to.equal(15);
    expect(ages.observe('p', 30, 10, 30)).to.equal(30);
    // It is read up to what was written by the second measurement.
    expect(ages.observe('p', 40, 20, 45)).to.equal(30);
    expect(ages.observe('p', 40, 39, 60)).to.equal(30);
    expect(ages.observe('p', 40, 40, 75)).to.equal(0);
    expect(ages.observe('p', 41, 40, 90)).to.equal(15);
  });

  it('grows while a reader stands still under a steady load, and not while it keeps up', () => {
    const still = lagAges();
    const steady = lagAges();
    let [stillAge, steadyAge] = [0, 0];
    for (let n = 0; n < 1_000; n++) {
      stillAge = still.observe('p', 100 * n, 0, 15 * n);
      steadyAge = steady.observe('p', 100 * n, Math.max(0, 100 * n - 50), 15 * n);
    }
    expect(stillAge, 'as far back as is kept').to.equal(15 * 239);
    expect(steadyAge).to.equal(15);
  });

  it('begins anew with a log that was replaced', () => {
    const ages = lagAges();
    ages.observe('p', 1_000, 10, 0);
    expect(ages.observe('p', 5, 0, 15)).to.equal(0);
    expect(ages.observe('p', 6, 0, 30)).to.equal(15);
  });
});
