/** The CPU's shortage, from counters as Linux writes them, and whether what follows it settles. */
import { expect } from 'chai';
import { HOP_LINGER, lingerMs } from '../batching/linger.ts';
import {
  busyShare,
  groupCounter,
  groupFolders,
  machineCounter,
  shortageAt,
  smoothed,
} from './cpu-shortage.ts';

const stat = (times: string) => `cpu  ${times}\ncpu0 1 2 3 4 5 6 7 8 0 0\nintr 1 2 3\n`;

describe("the CPU's use", () => {
  it('is that of the machine: waiting for a disk is idle, time that another machine took is not', () => {
    const before = machineCounter(stat('100 0 50 1000 10 0 5 0 0 0'));
    const after = machineCounter(stat('130 0 60 1040 30 0 5 20 7 0'));
    // 120 ticks in all, of which 40 idle and 20 waiting. A guest's time is in `user` already.
    expect(busyShare([before], [after])).to.equal(0.5);
  });

  it('is that of the container where its limit is nearer than the machine’s', () => {
    const machine = [
      { busy: 0, available: 0 },
      { busy: 20, available: 100 },
    ];
    const group = (usedUsec: number, ms: number) =>
      groupCounter('50000 100000\n', `usage_usec ${usedUsec}\nuser_usec 0\n`, ms);
    const [before, after] = [group(1_000_000, 5_000), group(1_400_000, 6_000)];
    if (before === null || after === null) throw new Error('the group has a limit');
    // 0.4 s of the 0.5 s that half a processor has in a second.
    expect(busyShare([machine[0], before] as never, [machine[1], after] as never)).to.be.closeTo(0.8, 1e-9);
  });

  it('is nothing of a group without a limit, or without a time between two readings', () => {
    expect(groupCounter('max 100000\n', 'usage_usec 5\n', 1)).to.equal(null);
    expect(groupCounter('', '', 1)).to.equal(null);
    const counter = { busy: 5, available: 10 };
    expect(busyShare([counter], [counter])).to.equal(0);
  });

  it('is sought in the process’s own group and in those above it', () => {
    expect(groupFolders('0::/\n')).to.deep.equal(['/sys/fs/cgroup']);
    expect(groupFolders('1:cpu:/old\n0::/kubepods/pod1\n')).to.deep.equal([
      '/sys/fs/cgroup/kubepods/pod1',
      '/sys/fs/cgroup/kubepods',
      '/sys/fs/cgroup',
    ]);
    expect(groupFolders('4:cpu:/only-version-1\n')).to.deep.equal([]);
  });
});

describe("the CPU's shortage", () => {
  it('is none up to the share from which it counts, and complete from halfway between there and 1 on', () => {
    expect([0, 0.5, 0.625, 0.75, 1].map((share) => shortageAt(share, 0.5))).to.deep.equal([0, 0, 0.5, 1, 1]);
    expect(shortageAt(1, 1)).to.equal(0);
  });

  it('is the share of the linger', () => {
    const busy = { perSecond: 1_000, at: 0 };
    const shares = [0, 0.5, 1].map((shortage) => lingerMs(busy, HOP_LINGER, shortage));
    expect(shares).to.deep.equal([0, 15, 30]);
  });

  // Without linger a load uses up to all CPU and with it far less: the linger that the use brings about must not swing.
  for (const { without, withAll } of [
    { without: 90, withAll: 55 },
    { without: 100, withAll: 40 },
    { without: 95, withAll: 75 },
  ])
    it(`settles where a load uses ${without} % without linger and ${withAll} % with all of it`, () => {
      const from = 0.75;
      let [share, shortage] = [withAll / 100, 1];
      const course: number[] = [];
      for (let second = 0; second < 60; second++) {
        // What is measured is the second before, under the linger of that time; a machine's use is not even.
        const use = (without - (without - withAll) * shortage) / 100;
        share = smoothed(share, use + (second % 2 === 0 ? 0.03 : -0.03), 1_000);
        shortage = shortageAt(share, from);
        course.push(shortage);
      }
      const late = course.slice(30);
      expect(Math.max(...late) - Math.min(...late)).to.be.below(0.15);
      expect(late.at(-1)).to.be.within(0.2, 0.9);
    });
});
