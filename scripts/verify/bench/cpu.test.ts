import { expect } from 'chai';
import { cpuShares, GENERATOR, parseMachine, parseStat, readCpu } from './cpu.ts';

describe('CPU by process', () => {
  it('reads a process with blanks and brackets in its name', () => {
    const line = '4711 (a (b) c) S 42 4711 4711 0 -1 4194304 1 2 3 4 100 20 3 4 20 0 1 0 99 1 1';
    expect(parseStat(line)).to.deep.equal({ parent: 42, usedMs: 1270 });
  });

  it('reads the machine: waiting for a disk is idle, stolen time is neither', () => {
    const text = 'cpu  100 1 50 1000 20 3 6 7 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n';
    expect(parseMachine(text)).to.deep.equal({ busy: 1600, idle: 10_200, stolen: 70 });
  });

  it('makes shares of one core; a process that is new counts from its birth on', () => {
    const from = { atMs: 1000, processes: { api: 500 }, idle: 0, stolen: 0, busy: 0 };
    const to = { atMs: 3000, processes: { api: 1500, engine: 800 }, idle: 1000, stolen: 20, busy: 2980 };
    expect(cpuShares(from, to)).to.deep.equal({
      processes: { api: 50, engine: 0 },
      idle: 50,
      steal: 1,
      busy: 149,
    });
  });

  it('counts one that was started again from its start', () => {
    const from = { atMs: 0, processes: { engine: 5000 }, idle: 0, stolen: 0, busy: 0 };
    const to = { atMs: 2000, processes: { engine: 600 }, idle: 0, stolen: 0, busy: 0 };
    expect(cpuShares(from, to).processes).to.deep.equal({ engine: 30 });
  });

  it('counts the CPU of its own process', function () {
    const before = readCpu({});
    if (before === null) return this.skip();
    const begun = process.cpuUsage();
    // Spins until the CPU time is used: a busy machine gives little.
    while (process.cpuUsage(begun).user < 100_000);
    const { user, system } = process.cpuUsage(begun);
    const after = readCpu({});
    const shares = after && cpuShares(before, after);
    const usedMs = ((shares?.processes[GENERATOR] ?? 0) / 100) * ((after?.atMs ?? 0) - before.atMs);
    // The kernel's share of it is large on a busy machine; the system counts in steps of 10 ms.
    const spentMs = (user + system) / 1000;
    expect(usedMs).to.be.within(0.9 * spentMs - 20, 1.1 * spentMs + 40);
  });
});
