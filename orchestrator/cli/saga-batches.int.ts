/** `saga batch …` on sagas, and `saga retry --query …`: the plan first, and exactly that, in waves that are followed to their end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { takingActions } from '../http/testing/answering.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING, COMPLETED, type Happening } from '../http/testing/engine.ts';
import { openStreamlessProxy } from '../http/testing/event-client.ts';
import { runSaga, type Terminal } from './testing/terminal.ts';

const DOWN = {
  to: 'payment.charge',
  reply: 'payment.parked',
  data: { code: 'gateway-down', text: 'the gateway is down' },
};
const PAID = COMPLETED.slice(CHARGING.length);
const WAITING: Terminal = { onPause: () => pause(50) };

describe('the saga command on many sagas', () => {
  let api: TestApi;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'batches-'));
    api = await startTestApi({ worksBatches: true });
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await api?.close();
  });

  const saga = (args: string[], terminal?: Terminal) => runSaga(api, args, terminal);
  async function stuck(customerId: string, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const id = await api.placed({ customerId });
      await api.engine.happen(id, ...CHARGING, DOWN);
      ids.push(id);
    }
    return ids;
  }
  const answering = (ids: readonly string[], answer: (id: string) => readonly Happening[]) =>
    takingActions(api, (id) => (ids.includes(id) ? answer(id) : null));
  /** The command that an output names, as arguments. */
  const named = (err: string) =>
    (/applies the plan: npm run -s saga -- (.*)$/m.exec(err)?.[1] ?? '')
      .match(/'[^']*'|\S+/g)
      ?.map((one) => one.replaceAll("'", '')) ?? [];

  it('prints the plan and the command that applies it without a terminal, which then does exactly that', async () => {
    const ids = await stuck('plans', 3);
    const wanted = ['batch', 'run', 'retry', '--customer', 'plans', '--stuck', '--rps', '5'];
    const planned = await saga([...wanted, '--reason', 'it is back']);
    expect(planned.code, planned.err).to.equal(3);
    expect(planned.out).to.include('retry on 3 sagas, first one, then more, at most 5 a second');
    expect(planned.out).to.include('money  charged  EUR 149.70').and.include('payment.charge again');
    expect(planned.out).to.match(/Plan [0-9a-f]{64}$/);
    const command = named(planned.err);
    expect(command).to.include.members(['--plan', '--yes', 'stuck=true&customerId=plans']);

    const engine = answering(ids, () => PAID);
    const done = await saga([...command, '--wait'], WAITING);
    await engine.close();
    expect(done.code, done.err).to.equal(0);
    expect(done.out).to.match(/: retry-sagas of 3, done: 3 completed$/);
    expect(done.err).to.match(/, running: .*waiting/);
    expect((await saga(command)).code, 'there is nothing left of it').to.equal(6);
  });

  it('takes each filter of a list as an option of each verb, and ids of several sagas', async () => {
    const ids = await stuck('chosen', 3);
    const plan = async (...args: string[]) => {
      const { code, out, err } = await saga([...args, '--dry-run', '-o', 'json']);
      expect(code, err).to.equal(0);
      return (JSON.parse(out) as { sagaIds: string[] }).sagaIds;
    };
    for (const verb of ['retry', 'compensate', 'pause', 'cancel'])
      expect(await plan(verb, '--customer', 'chosen', '--stuck', '--status', 'running'), verb).to.deep.equal(
        ids,
      );
    const save = ['view', 'save', 'chosen ones', '--customer', 'chosen', '--reason', 'a test', '--yes'];
    expect((await saga(save)).code).to.equal(0);
    expect(await plan('retry', '--view', 'chosen ones', '--limit', '1')).to.deep.equal([ids[0]]);
    const some = ids.slice(1);
    expect(await plan('retry', ...some)).to.deep.equal(some);
    const planned = await saga(['retry', ...some, '--reason', 'these two']);
    expect(planned.code, planned.err).to.equal(3);
    expect(named(planned.err)).to.include.members([...some, '--plan', 'these two']);
    const help = async (...args: string[]) => (await saga([...args, '--help'])).out;
    const filters = [...(await help('list')).matchAll(/^ +(--[a-z-]+)/gm)]
      .map(([, option = '']) => option)
      .filter((option) => !['--sort', '--all', '--help'].includes(option));
    expect(filters.length).to.be.greaterThan(20);
    for (const verb of ['retry', 'compensate', 'pause', 'resume', 'skip', 'migrate', 'resolve', 'cancel']) {
      const shown = await help(verb);
      for (const option of filters) expect(shown, verb).to.include(`${option} `);
    }
  });

  it('says of a set of none only that none matches, whatever the set is of', async () => {
    for (const args of [
      ['retry', '--customer', 'nobody'],
      ['batch', 'run', 'pause', '--customer', 'nobody'],
      ['batch', 'plan', 'retry', '--customer', 'nobody'],
      ['dead-letter', 'discard', '--topic', 'payment-requested'],
    ]) {
      const { code, out, err } = await saga([...args, '--reason', 'a test']);
      expect([code, out], args.join(' ')).to.deep.equal([6, '']);
      expect(err).to.match(/^\W*(?:Nothing was done: )?no (?:saga|dead letter) matches\W*$/i);
    }
  });

  it('is followed by requests where a proxy lets no stream through', async () => {
    const ids = await stuck('streamless', 2);
    const streamless = await openStreamlessProxy(api.url, 'cut');
    const made = await saga(['retry', '--customer', 'streamless', '--reason', 'back', '--yes', '-o', 'json']);
    expect(made.code, made.err).to.equal(0);
    const engine = answering(ids, () => PAID);
    const environment = { SAGA_URL: streamless.url, SAGA_TOKEN: await api.token('viewer', 'vera') };
    const { batchId } = JSON.parse(made.out) as { batchId: string };
    const watched = await saga(['batch', 'watch', batchId], { ...WAITING, environment });
    await engine.close();
    await streamless.close();
    expect(watched.code, watched.err).to.equal(0);
    expect(watched.err).to.include('live events are not to be had: it is read every 2 s instead.');
    expect(watched.out).to.match(/: retry-sagas of 2, done: 2 completed$/);
  });

  it('refuses another plan than the one that was shown, and shows the new one', async () => {
    const ids = await stuck('changes', 2);
    const args = ['retry', '--query', 'customerId=changes'];
    const command = named((await saga([...args, '--reason', 'again'])).err);
    await api.engine.happen(ids[0] ?? '', ...PAID);
    const refused = await saga(command);
    expect(refused.code, refused.err).to.equal(6);
    expect(refused.err).to.include('retry on 1 sagas').and.include('Not on 1: nothing is awaited');
  });

  it('says why a batch stopped, goes on when it is resumed, and lists and exports the outcomes', async () => {
    const ids = await stuck('stops', 3);
    let isDown = true;
    const engine = answering(ids, () => (isDown ? [{ ...DOWN, nth: 2 }] : PAID));
    const stopped = await saga(
      ['retry', '--query', 'customerId=stops', '--reason', 'is it back?', '--yes', '--wait'],
      WAITING,
    );
    expect(stopped.code, stopped.err).to.equal(1);
    expect(stopped.err).to.match(
      /It stopped itself: Wave 1: 1 of 1 failed again, 1 with \S+; for example \S+\. To go on/,
    );
    const id = /saga batch resume (\S+)/.exec(stopped.err)?.[1] ?? '';
    expect((await saga(['batch', 'get', id])).out).to.include('stopped: 1 failed-again, 2 waiting (Wave 1');

    isDown = false;
    const planned = await saga(['batch', 'resume', id, '--reason', 'now it is']);
    expect(planned.code, planned.err).to.equal(3);
    expect(planned.out).to.match(
      new RegExp(
        `^${id}: retry-sagas of 3, stopped: 1 ended, 0 under way, 2 waiting\\.\nResumed, it begins with one, ${ids[1]}, then more; those under way go on\\.\nPlan [0-9a-f]{64}$`,
      ),
    );
    const resumed = await saga(named(planned.err));
    expect(resumed.code, resumed.err).to.equal(0);
    const watched = await saga(['batch', 'watch', id], WAITING);
    await engine.close();
    expect(watched.code, 'one of them did not end well').to.equal(3);
    expect(watched.out).to.match(/done: 2 completed, 1 failed-again$|done: 1 failed-again, 2 completed$/);
    expect(watched.err).to.include(`saga batch items ${id} --outcome failed-again`);
    const csv = await saga(['batch', 'export', id, '--format', 'csv']);
    expect(csv.out.split('\n')).to.have.length(4);
    expect(csv.out.split('\n')[0]).to.equal(
      'number,target,state,outcome,detail,fingerprint,actionId,actedAt',
    );
    expect(csv.out).to.include(`1,${ids[0]},ended,failed-again,`);
    const lines = (await saga(['batch', 'export', id])).out.split('\n').map((line) => JSON.parse(line));
    expect(lines.map(({ target, outcome }) => [target, outcome])).to.deep.equal([
      [ids[0], 'failed-again'],
      [ids[1], 'completed'],
      [ids[2], 'completed'],
    ]);
  });

  it('takes ids from a file, as a list writes them, and cancels orders', async () => {
    const ids = await stuck('cancels', 2);
    const file = join(folder, 'ids');
    writeFileSync(file, (await saga(['list', '--customer', 'cancels', '--all', '-o', 'jsonl'])).out);
    const plan = await saga(['cancel', '--ids-from', file, '--dry-run', '-o', 'json']);
    expect(plan.code, plan.err).to.equal(0);
    expect(JSON.parse(plan.out)).to.deep.include({ action: 'cancel', sagas: 2, sagaIds: ids });
    writeFileSync(file, `${ids.join('\n')}\nnonsense\n`);
    const bad = await saga(['cancel', '--ids-from', file, '--dry-run']);
    expect([bad.code, bad.err]).to.deep.equal([2, 'Line 3 begins with no id of a saga: nonsense']);
  });

  it('names what is wrong with the sagas that were chosen', async () => {
    for (const [args, text] of [
      [['retry', '--reason', 'x'], /Say which sagas: ids, or the filters of saga list, such as --stuck/],
      [['batch', 'run', 'retry', '--reason', 'x'], /Say which sagas/],
      [['retry', 'ID', '--query', 'stuck=true', '--reason', 'x'], /Choose the sagas in one way/],
      [['retry', 'ID', '--stuck', '--reason', 'x'], /Choose the sagas in one way/],
      [['retry', '--stuck', '--ids-from', '-', '--reason', 'x'], /Choose the sagas in one way/],
      [['retry', 'ID', 'ID2', '--reason', 'x'], /"ID" is no id of a saga/],
      [['retry', 'ID', '--rps', '5', '--reason', 'x'], /One saga is no batch/],
      [['retry', '--query', '', '--reason', 'x'], /The filter is empty, so that every saga matches/],
      [['retry', '--query', 'stuck=perhaps', '--reason', 'x'], /no flag for stuck/],
      [['retry', '--query', 'nonsense=1', '--reason', 'x'], /"nonsense" is unknown here/],
      [['retry', '--ids-from', join(folder, 'none'), '--reason', 'x'], /cannot be read/],
      [['batch', 'run', 'edit', '--stuck'], /invalid/],
      [['batch', 'plan', 'skip', '--stuck'], /evidence/],
    ] as const) {
      const ran = await saga([...args]);
      expect([ran.code, ran.err], args.join(' ')).to.have.property('0').that.equals(2);
      expect(ran.err).to.match(text);
    }
  });
});
