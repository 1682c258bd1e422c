/** `saga dead-letter …` and `saga batch …` against the real API: plans first, and exactly those are carried out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import { TerminalError } from '#protocol/errors.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { runSaga, type Terminal } from './testing/terminal.ts';

describe('the saga command on dead letters', () => {
  let api: TestApi;
  let publisher: Publisher;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'letters-'));
    api = await startTestApi({ worksBatches: true });
    publisher = await openPublisher({ ...api.kafka, settings: ORDER_PRODUCER });
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await publisher?.close();
    await api?.close();
  });

  const saga = (args: string[], terminal?: Terminal) => runSaga(api, args, terminal);
  const letter = (...args: string[]) => saga(['dead-letter', ...args]);
  async function parked(key: string, value: string, text = 'no JSON'): Promise<string> {
    const record = {
      topic: 'order-created',
      partition: 0,
      offset: 1,
      key,
      value: Buffer.from(value),
      timestamp: 0,
    };
    await publisher.publish([
      deadLetter(record, new TerminalError('not-json', text), 'orchestrator', Date.now()),
    ]);
    const found = await waitUntil(
      async () =>
        (await api.request(`/v1/dead-letters?sagaId=${key}`, { as: 'viewer' })).body.items as Array<{
          partition: number;
          offset: number;
        }>,
      (items) => items.length > 0,
    );
    return `${found[0]?.partition}/${found[0]?.offset}`;
  }
  const came = (key: string) =>
    api.published.filter((one) => one.topic === 'order-created' && one.key === key);
  /** The command that an output names, as arguments. */
  const named = (err: string) =>
    (/applies the plan: npm run -s saga -- (.*)$/m.exec(err)?.[1] ?? '')
      .match(/'[^']*'|\S+/g)
      ?.map((one) => one.replaceAll("'", '')) ?? [];

  it('lists, groups and shows them', async () => {
    const key = uuidv7(Date.now());
    const id = await parked(key, '{"a');
    expect((await letter('list', '--older-than', '0x')).code).to.equal(2);
    expect((await letter('list', '--older-than', '1h')).out).to.equal('no dead letters');
    const listed = await letter('list', '--topic', 'order-created', '--state', 'open');
    expect(listed.out).to.include(id).and.include(key).and.include('open');
    const groups = await letter('groups');
    expect(groups.code, groups.err).to.equal(0);
    expect(groups.out).to.include('not-json').and.include('orchestrator');
    const shown = await letter('get', id);
    expect(shown.out).to.include('not-json on order-created').and.include('{"a').and.include(key);
  });

  it('prints the plan and the command that applies it without a terminal, which then sends that very plan', async () => {
    const key = uuidv7(Date.now());
    const id = await parked(key, '{"b');
    const planned = await letter('send', id, '--reason', "it's fixed");
    expect(planned.code).to.equal(3);
    expect(planned.out).to.include('It sends 3 bytes to order-created, partition').and.include('{"b');
    expect(planned.err).to.match(/^Nothing was done/);
    expect(came(key)).to.deep.equal([]);
    const plain = await letter('send', id, '--reason', 'fixed');
    const args = named(plain.err);
    expect(args.slice(0, 3)).to.deep.equal(['dead-letter', 'send', id]);
    const sent = await saga(args);
    expect(sent.code, sent.err).to.equal(0);
    await waitUntil(
      () => came(key),
      (records) => records.length === 1,
    );
    const again = await saga(args);
    expect(again.code, 'it was sent').to.equal(6);
    expect((await letter('resend', id, '--reason', 'r', '--yes', '--force')).code, 'the older name').to.equal(
      0,
    );
    expect((await letter('send', id, '--yes')).err).to.include('Give --reason');
  });

  it('asks on a terminal, and does nothing without a yes', async () => {
    const key = uuidv7(Date.now());
    const id = await parked(key, '{"c');
    const send = ['dead-letter', 'send', id, '--reason', 'fixed'];
    expect((await saga(send, { answer: 'n' })).err).to.include('Nothing was done');
    expect(came(key)).to.deep.equal([]);
    expect((await saga(send, { answer: 'y' })).code).to.equal(0);
  });

  it('corrects a body from a file, shows the difference, and sends it', async () => {
    const key = uuidv7(Date.now());
    const envelope = (amount: unknown) =>
      JSON.stringify({
        ...{ specversion: '1.0', id: `${key}/order.created`, type: 'order.created', source: '/orchestrator' },
        ...{ time: new Date(0).toISOString(), subject: key, datacontenttype: 'application/json' },
        data: { customerId: 'ann', items: [{ sku: 'SKU-0001', quantity: 1 }], currency: 'EUR', amount },
      });
    const id = await parked(key, envelope('x'), 'amount');
    const file = join(folder, 'corrected.json');
    writeFileSync(file, envelope('y'));
    const edit = ['edit', id, '--file', file, '--reason', 'typo'];
    expect((await letter(...edit)).err).to.include('It would be parked again: invalid-data');
    writeFileSync(file, envelope(4_990));
    const planned = await letter(...edit);
    expect(planned.code, planned.err).to.equal(3);
    expect(planned.out).to.include('/data/amount: "x" → 4990');
    expect((await saga(named(planned.err))).code).to.equal(0);
    expect((await letter('get', id)).out)
      .to.include('corrected:')
      .and.include('"x" → 4990');
    expect((await letter('send', id, '--reason', 'corrected', '--yes')).code).to.equal(0);
    const [record] = await waitUntil(
      () => came(key),
      (records) => records.length === 1,
    );
    expect(record?.value?.toString()).to.equal(envelope(4_990));
    expect((await letter('edit', id, '--reason', 'r', '--yes')).code).to.equal(2);
  });

  it('sends and discards those of a filter as a batch, and follows it', async () => {
    const keys = Array.from({ length: 3 }, () => uuidv7(Date.now()));
    for (const key of keys) await parked(key, `{"${key}`, 'of the batch');
    const { body } = await api.request(`/v1/dead-letters?sagaId=${keys[0]}`, { as: 'viewer' });
    const group = (body.items as Array<{ groupId: string }>)[0]?.groupId ?? '';
    expect((await letter('send', '--reason', 'r', '--yes')).code, 'no set').to.equal(2);
    const planned = await letter('send', '--group', group, '--reason', 'fixed');
    expect(planned.code, planned.err).to.equal(3);
    expect(planned.out).to.include('It will send 3 dead letters');
    // One that comes afterwards is not of the plan.
    const late = uuidv7(Date.now());
    await parked(late, `{"${late}`, 'of the batch');
    const made = await saga(named(planned.err));
    expect(made.code, made.err).to.equal(0);
    const [id = ''] = made.out.split(':');
    const done = await waitUntil(
      () => saga(['batch', 'get', id]),
      ({ out }) => out.includes('done'),
    );
    expect(done.out).to.include('3 sent');
    expect(came(late)).to.deep.equal([]);
    expect((await saga(['batch', 'items', id])).out.split('\n')).to.have.length(4);
    expect((await saga(['batch', 'list'])).out)
      .to.include(id)
      .and.include('send-dead-letters');
    expect((await saga(['batch', 'cancel', id, '--reason', 'r', '--yes'])).code, 'it is over').to.equal(6);
    expect((await saga(['batch', 'get', 'x'])).code).to.equal(2);
    const discarded = await letter('discard', '--group', group, '--reason', 'noise', '--yes');
    expect(discarded.code, discarded.err).to.equal(0);
    await waitUntil(
      () => letter('list', '--group', group, '--state', 'discarded'),
      ({ out }) => out.includes(late),
    );
  });
});
