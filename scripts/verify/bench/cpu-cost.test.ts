import { expect } from 'chai';
import { GENERATOR } from './cpu.ts';
import { cpuFigures } from './cpu-cost.ts';

describe('the CPU cost of a run', () => {
  it('leaves the generator out, of each request and of the machine', () => {
    const from = { atMs: 0, processes: { api: 0, [GENERATOR]: 0 }, idle: 0, stolen: 0, busy: 0 };
    const to = {
      atMs: 10_000,
      processes: { api: 5_000, [GENERATOR]: 4_000 },
      idle: 8_000,
      stolen: 0,
      busy: 12_000,
    };
    const figures = cpuFigures([from, to], 1_000);
    // Half a core over a thousand requests a second; 120 % busy less the generator's 40 %, of two cores.
    expect([figures.cpuMsEach, figures.machinePercent]).to.deep.equal([0.5, 40]);
  });

  it('gives no figures without readings', () => {
    expect(cpuFigures([null, null], 10)).to.deep.equal({ cpu: null, cpuMsEach: null, machinePercent: null });
  });
});
