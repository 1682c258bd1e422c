/** Definitions and migrations on the command line, against the real API. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING } from '../http/testing/engine.ts';
import { nextSagas } from '../sagas/order/testing/next.ts';
import { type Alive, reportAlive } from '../store/report-alive.ts';
import { run } from './program.ts';

const KNOWN = [
  { name: 'order', version: 1 },
  { name: 'order', version: 2 },
];

describe('the saga command, for definitions', () => {
  let api: TestApi;
  const engines: Alive[] = [];
  const start = async (id: string, known: typeof KNOWN) =>
    void engines.push(await reportAlive(api.db, id, known, () => Date.now(), silent));

  before(async () => {
    api = await startTestApi({ define: nextSagas });
    await start('next', KNOWN);
  });
  after(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await api.close();
  });

  const saga = async (args: string[], onPause = async () => {}) => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await run(args, {
      environment: { SAGA_URL: api.url, SAGA_TOKEN: await api.token('operator', 'olga') },
      local: { url: async () => null, token: () => api.token('operator', 'local') },
      out: (text) => void out.push(text),
      say: (text) => void err.push(text),
      ask: null,
      now: () => Date.now(),
      pause: onPause,
      signal: new AbortController().signal,
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  };
  const activate = (version: string) =>
    saga(['definitions', 'activate', 'order', version, '--reason', 'a test', '--yes']);

  it('activates a version, reports one that is active already, and reverts', async () => {
    const activation = ['definitions', 'activate', 'order', '1', '--reason', 'a test'];
    const out = 'New sagas of order would begin under v1 instead of v2';
    expect(await saga([...activation, '--dry-run'])).to.include({ code: 0, out });
    const planned = await saga(activation);
    expect(planned).to.include({ code: 3, out });
    expect(planned.err).to.match(
      /saga -- definitions activate order 1 --reason 'a test' --plan [0-9a-f]{64} --yes/,
    );
    expect(await activate('1')).to.include({ code: 0, out: 'order v1 is active: new sagas begin under it' });
    expect(await activate('1')).to.include({ code: 0, out: 'order v1 was active already' });
    expect((await activate('0')).code).to.equal(2);
    // An engine of the old build may start while no saga lives under version 2.
    await start('old', KNOWN.slice(0, 1));
  });

  it('moves a saga to the newer version after showing the plan', async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
    const migrate = ['migrate', id, '--to-version', '2', '--reason', 'a test'];
    const plan = await saga([...migrate, '--dry-run']);
    expect(plan.code, plan.err).to.equal(0);
    expect(plan.out).to.match(/^It goes to chargingPayment and sends nothing\nThen, if all goes well: /);
    const control = () => api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);
    const done = await saga([...migrate, '--yes'], async () => {
      await api.engine.take(await waitUntil(control, (records) => records.length > 0));
    });
    expect(done.code, done.err).to.equal(0);
    expect((await saga(['history', id])).out).to.include('from v1 to v2 of its definition');
    expect((await saga([...migrate, '--dry-run'])).err).to.match(/order v2 is not newer than v2/);
  });

  it('lists each version, and ends with 6 and one sentence where an engine lacks one', async () => {
    const { code, err } = await activate('2');
    expect(code).to.equal(6);
    expect(err).to.match(/^Not possible: old \(last seen \d s ago\) lacks order v2: replace it first/);
    const { out } = await saga(['definitions', 'list']);
    const [head, newer, older] = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(head).to.deep.equal(['DEFINITION', 'VERSION', 'ACTIVE', 'LIVE SAGAS', 'KNOWN BY', 'UNKNOWN TO']);
    expect(newer).to.include.members(['order', '2', '1', 'next', 'old']);
    expect(older).to.include.members(['order', '1', 'yes', 'next, old']);
  });
});
