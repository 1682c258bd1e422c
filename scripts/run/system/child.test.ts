import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandLine } from '../stack/detached.ts';
import { waitUntil } from '../wait-until.ts';
import { type Child, childOf } from './child.ts';

const entry = join(import.meta.dirname, 'fixtures/sleeper.mjs');

describe('a process of the system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'child-'));
  const logFile = join(folder, 'sleeper.log');
  let child: Child | undefined;
  const make = (restarts: boolean, printed: string[] = []) => {
    const print = (line: string) => void printed.push(line);
    child = childOf({
      name: 'sleeper',
      entry,
      logFile,
      environment: process.env,
      restarts,
      print,
      onChange: () => {},
    });
    child.start();
    return child;
  };
  const awake = (pid: number) =>
    waitUntil(() => readFileSync(logFile, 'utf8').includes(`alive ${pid}\n`), Boolean);

  afterEach(() => child?.stop());
  after(() => rmSync(folder, { recursive: true }));

  it('restarts when it crashes, and prints that', async () => {
    const printed: string[] = [];
    const sleeper = make(true, printed);
    const first = sleeper.pid();
    sleeper.kill('SIGKILL');
    const second = await waitUntil(() => (sleeper.pid() !== first ? sleeper.pid() : undefined), Boolean);
    expect(second).to.be.a('number');
    expect(printed[0]).to.contain('sleeper ended (SIGKILL); starting it again in 0.5 s');
  });

  it('stays down where that is wanted', async () => {
    const sleeper = make(false);
    sleeper.kill('SIGKILL');
    await waitUntil(() => sleeper.pid() === undefined, Boolean);
    expect(sleeper.deaths()).to.equal(1);
  });

  it('stays down once it was stopped, and a stop is no death', async () => {
    const sleeper = make(true);
    await awake(sleeper.pid() as number);
    await sleeper.stop();
    expect(sleeper.pid()).to.equal(undefined);
    expect(sleeper.deaths()).to.equal(0);
  });

  it('stops even while it is frozen with SIGSTOP', async () => {
    const sleeper = make(true);
    await awake(sleeper.pid() as number);
    sleeper.kill('SIGSTOP');
    await sleeper.stop();
    expect(sleeper.pid()).to.equal(undefined);
  });

  it('ends itself when its supervisor was killed with -9', async () => {
    const supervisor = spawn(
      process.execPath,
      [join(import.meta.dirname, 'fixtures/supervisor.ts'), entry, logFile],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = await once(supervisor.stdout, 'data');
    const pid = Number(String(line));
    await awake(pid);
    expect(commandLine(pid)).to.contain(entry);
    supervisor.kill('SIGKILL');
    await waitUntil(() => commandLine(pid) === '', Boolean);
  });
});
