import { expect } from 'chai';
import type { Fault } from './fault.ts';
import { judgeHealth, type Sample } from './health-watch.ts';

const fault: Fault = {
  name: 'kill it',
  holdMs: 0,
  recoversFrom: 'beginning',
  noticed: null,
  inject: async () => async () => {},
};
/** Samples from `[at, ready, live]`. */
const samples = (...all: Array<[number, number | null, (number | null)?]>): Sample[] =>
  all.map(([at, ready, live = 200]) => ({ at, ready, live }));
const judged = (own: Sample[], more: Partial<Fault> = {}) =>
  judgeHealth(
    new Map([['engine-2', own]]),
    { fault: { ...fault, ...more }, beganAt: 1_000, returnedAt: 5_000, endedAt: 40_000 },
    15_000,
  );

describe('the judgement of the probes', () => {
  it('passes where a process is ready throughout, whatever was before and after', () => {
    const { unready, problems } = judged(
      samples([500, 503], [1_500, 200], [39_000, 200], [40_000, null, null]),
    );
    expect({ unready, problems }).to.deep.equal({ unready: [], problems: [] });
  });

  for (const [what, own, more, found] of [
    ['not ready although it can work', samples([1_500, 503]), {}, [/though it can work/]],
    ['not ready while it cannot work', samples([1_500, 503]), { unready: { may: ['engine'] } }, []],
    [
      'ready although it cannot work',
      samples([1_500, 200]),
      { unready: { may: 'all', must: true } },
      [/cannot work/],
    ],
    ['not ready long after the return', samples([20_500, 503]), { unready: { may: 'all' } }, [/16 s after/]],
    ['dead', samples([1_500, 503, null]), { unready: { may: 'all' } }, [/livez no answer/]],
    ['unwell while a server is away', samples([1_500, 503, 503]), { unready: { may: 'all' } }, [/livez 503/]],
    ['stopped by the fault', samples([1_500, null, null]), { stops: ['engine'] }, []],
  ] as const) {
    it(`finds ${found.length} fault(s) in one that is ${what}`, () => {
      const { problems } = judged([...own], more);
      expect(problems).to.have.length(found.length);
      for (const [index, pattern] of found.entries()) expect(problems[index]).to.match(pattern);
    });
  }
});
