/** `saga watch` against the real API: what it writes, when it ends, and that it misses nothing when its connection is cut. */
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING, COMPLETED } from '../http/testing/engine.ts';
import { type CuttableProxy, openCuttableProxy, openStreamlessProxy } from '../http/testing/event-client.ts';
import { type Ran, runSaga } from './testing/terminal.ts';

describe('the saga command, watching', () => {
  let api: TestApi;
  let proxy: CuttableProxy;
  before(async () => {
    api = await startTestApi();
    proxy = await openCuttableProxy(api.url);
  });
  after(async () => {
    await proxy.close();
    await api.close();
  });

  /** Runs a watch through the proxy; `lines` is what it has written so far. */
  const watching = async (args: string[], columns?: number) => {
    const lines: string[] = [];
    const said: string[] = [];
    const interrupted = new AbortController();
    const environment = { SAGA_URL: proxy.url, SAGA_TOKEN: await api.token('viewer', 'vera') };
    const terminal = {
      environment,
      signal: interrupted.signal,
      onOut: (text: string) => void lines.push(text),
      onSay: (text: string) => void said.push(text),
      ...(columns !== undefined && { columns }),
    };
    const ended: Promise<Ran> = runSaga(api, ['watch', ...args], terminal);
    return { lines, said, ended, interrupt: () => interrupted.abort() };
  };
  const wrote = (lines: readonly string[], count: number) =>
    waitUntil(
      () => lines,
      (some) => some.length >= count,
    );
  const opened = (said: readonly string[]) =>
    waitUntil(
      () => said,
      (some) => some.length > 0,
    );

  it('writes the moves of one saga until it has ended', async () => {
    const id = await api.placed();
    const { said, ended } = await watching([id], 100);
    await opened(said);
    await api.engine.happen(id, ...COMPLETED);
    const { code, out, err } = await ended;
    expect(code).to.equal(0);
    const lines = out.split('\n');
    expect(lines).to.have.length(5);
    expect(lines.every((line) => line.length <= 100)).to.equal(true);
    expect(lines[2]).to.match(
      /^\d\d:\d\d:\d\d\.\d{3} {2}#3 chargingPayment → confirmingInventory \(payment\.charged\)$/,
    );
    expect(err).to.include('running: created');
    expect((await (await watching([id])).ended).err).to.include('completed: completed');
  });

  it('writes those of a list, and connects again where the connection is cut', async () => {
    const { lines, said, ended, interrupt } = await watching(['--customer', 'watched', '-o', 'jsonl']);
    await opened(said);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const id = await api.placed({ customerId: 'watched' });
      ids.push(id);
      await api.engine.happen(id, ...CHARGING);
      await wrote(lines, ids.length * 2);
      expect(proxy.cut()).to.be.at.least(1);
    }
    const seen = lines.map((line) => JSON.parse(line) as { sagaId: string; version: number });
    expect(seen.map(({ sagaId, version }) => `${sagaId} ${version}`)).to.deep.equal(
      ids.flatMap((id) => [`${id} 1`, `${id} 2`]),
    );
    interrupt();
    const { code, err } = await ended;
    expect(code).to.equal(130);
    expect(err).to.include('Connecting again in 1 s.');
  });

  it('writes the counts, and what takes a saga out of the list', async () => {
    const { lines, ended, interrupt } = await watching(['--state', 'chargingPayment', '--counts']);
    await wrote(lines, 1);
    expect(lines[0]).to.match(/^\d+ active, \d+ stuck, \d+ stalled, \d+ paused/);
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED);
    await waitUntil(
      () => lines.join('\n'),
      (text) => text.includes('leaves the list'),
    );
    interrupt();
    await ended;
  });

  for (const how of ['refuse', 'cut', 'hold'] as const)
    it(`reads a saga again and again where a proxy lets no stream through (${how}), and says so`, async () => {
      const id = await api.placed();
      const streamless = await openStreamlessProxy(api.url, how);
      const said: string[] = [];
      const environment = { SAGA_URL: streamless.url, SAGA_TOKEN: await api.token('viewer', 'vera') };
      const onSay = (text: string) => void said.push(text);
      const ended = runSaga(api, ['watch', id], { environment, onSay, onPause: () => setTimeout(50) });
      await waitUntil(
        () => said,
        (some) => some.includes('running: created'),
      );
      await api.engine.happen(id, ...COMPLETED);
      const { code, err } = await ended;
      await streamless.close();
      expect(code, err).to.equal(0);
      expect(err).to.match(
        /live events are not to be had: it is read every 2 s instead\.\nrunning: created\n/,
      );
      expect(err).to.include('completed: completed');
      expect(streamless.streams()).to.equal(1);
    });

  it('refuses what does not go together, and ends where the API refuses it', async () => {
    const id = await api.placed();
    for (const args of [
      [id, '--stuck'],
      [id, '--counts'],
      ['-o', 'json'],
      ['--status', 'lost'],
    ])
      expect((await (await watching(args)).ended).code, args.join(' ')).to.equal(2);
    const unknown = '0199d3c4-0000-7000-8000-000000000000';
    expect((await (await watching([unknown])).ended).code).to.equal(5);
    const nowhere = { environment: { SAGA_URL: 'http://127.0.0.1:1', SAGA_TOKEN: 'x' } };
    expect((await runSaga(api, ['watch', '--stuck'], nowhere)).code).to.equal(1);
  });
});
