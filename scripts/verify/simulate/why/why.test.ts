/** Causes planted by the simulation, and each named: production code over a simulated day, with nothing wrong but the planted cause. */
import { expect } from 'chai';
import { CAUSES } from '#engine/why/cause.ts';
import { forecastOf } from '#engine/why/forecast.ts';
import { sentenceOf, whyOf } from '#engine/why/why.ts';
import { PlantedDay } from './planted-day.ts';
import { plantOn } from './planting.ts';
import { ENDS } from './plantings-ends.ts';
import { INCIDENTS } from './plantings-incidents.ts';
import { MOVERS } from './plantings-movers.ts';
import { PARTICIPANTS } from './plantings-participants.ts';
import { PEOPLE } from './plantings-people.ts';

const PLANTED = [...ENDS, ...PEOPLE, ...INCIDENTS, ...MOVERS, ...PARTICIPANTS];

describe('why a saga waits', () => {
  for (const planting of PLANTED) {
    const { name, options = {}, cause, says, besides = false, unknown } = planting;
    it(`names ${cause}: ${name}`, async () => {
      await PlantedDay.run(options, async (day) => {
        const seen = day.observer.observe(await plantOn(day, planting));
        const why = whyOf(seen);
        const all = besides ? why.besides : [why.cause];
        const named = all.find(({ code }) => code === cause);
        const sentences = [why.cause, ...why.besides]
          .map((one) => `${one.code}: ${sentenceOf(one)}`)
          .join('\n');
        expect(named, sentences).not.to.equal(undefined);
        if (named !== undefined) expect(sentenceOf(named), sentences).to.match(says);
        if (unknown !== undefined)
          expect(forecastOf(seen, why), sentences).to.have.property('unknown').that.matches(unknown);
      });
    });
  }

  it('has planted every cause of the closed list, and forty at the least', () => {
    expect(PLANTED.length).to.be.at.least(40);
    const planted = new Set<string>(PLANTED.map(({ cause }) => cause));
    expect(CAUSES.filter((code) => !planted.has(code))).to.deep.equal([]);
  });
});
