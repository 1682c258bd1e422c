/** The command line against the real API: its output on stdout and stderr, and its exit codes. */
import { expect } from 'chai';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING, COMPLETED } from '../http/testing/engine.ts';
import { runSaga, type Terminal } from './testing/terminal.ts';

const UNKNOWN = '0199d3c4-0000-7000-8000-000000000000';

describe('the saga command', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const saga = (args: string[], terminal?: Terminal) => runSaga(api, args, terminal);
  const charging = async (customerId = 'alice') => {
    const id = await api.placed({ customerId });
    await api.engine.happen(id, ...CHARGING);
    return id;
  };
  /** The engine takes the action once it is published, and the participants answer. */
  const engineOf = (id: string) => async () => {
    const control = () => api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);
    await api.engine.take(await waitUntil(control, (records) => records.length > 0));
    await api.engine.happen(
      id,
      {
        to: 'payment.refund',
        reply: 'payment.refunded',
        data: { found: { [`${id}/payment.charge`]: 'not-executed' } },
      },
      {
        to: 'inventory.release',
        reply: 'inventory.released',
        data: { found: { [`${id}/inventory.reserve`]: 'undone' } },
      },
    );
  };

  it('lists as a table, as JSON, as JSON lines, and over many pages', async () => {
    for (let i = 0; i < 3; i++) await charging('lists');
    const table = await saga(['list', '--customer', 'lists', '--limit', '2']);
    expect(table.code).to.equal(0);
    expect(table.out.split('\n')).to.have.length(3);
    expect(table.out).to.include('chargingPayment');
    expect(table.err).to.include('more');
    const json = await saga(['list', '--customer', 'lists', '-o', 'json']);
    expect(JSON.parse(json.out)).to.have.length(3);
    const lines = await saga(['list', '--customer', 'lists', '--all', '-o', 'jsonl']);
    expect(lines.out.split('\n').map((line) => JSON.parse(line).customerId)).to.deep.equal([
      'lists',
      'lists',
      'lists',
    ]);
    expect(lines.err).to.equal('');
  });

  // Regression: an option before the verb was unknown.
  it('takes its common options before the verb too; those behind it win', async () => {
    const id = await charging();
    const rows = ['list', '--customer', 'nobody'];
    expect((await saga(['-o', 'json', ...rows])).out).to.equal('[]');
    expect((await saga(['--output=json', 'audit', 'list', '--saga', id])).out).to.equal('[]');
    expect((await saga(['audit', '-o', 'json', 'list', '--saga', id])).out).to.equal('[]');
    expect((await saga(['-o', 'jsonl', ...rows, '-o', 'json'])).out).to.equal('[]');
    expect((await saga(['-o', 'xml', ...rows])).code).to.equal(2);
    expect((await saga(rows)).out).not.to.equal('[]');
  });

  it('shows a saga and its history, for people and for programs', async () => {
    const id = await charging();
    const text = await saga(['get', id]);
    expect(text.out).to.include(`${id}/payment.charge`).and.include('not yet read');
    expect(text.out).to.match(
      /to come +payment\.charge \(awaited\) → inventory\.confirm → shipping\.prepare → completed/,
    );
    expect(JSON.parse((await saga(['get', id, '-o', 'json'])).out)).to.include({ sagaId: id });
    const history = await saga(['history', id]);
    expect(history.out).to.include('reservingInventory → chargingPayment').and.include('sent payment.charge');
    expect((await saga(['history', id, '-o', 'jsonl'])).out.split('\n')).to.have.length(2);
  });

  it('shows the plan, asks on a terminal without --yes, and does nothing after a no', async () => {
    const id = await charging();
    const dry = await saga(['compensate', id, '--dry-run']);
    expect(dry.out).to.match(new RegExp(`${id}/payment.refund +payment-requested +\\{"undoes"`));
    expect(dry.out).to.include('payment.refund → inventory.release → failed');
    const no = await saga(['compensate', id, '--reason', 'x'], { answer: 'n' });
    expect(no).to.include({ code: 0, out: '' });
    expect(no.err).to.include(`${id}/payment.refund`).and.include('Nothing was done');
    expect((await api.request(`/v1/sagas/${id}`, { as: 'viewer' })).body).to.include({
      state: 'chargingPayment',
    });
    expect(api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id)).to.deep.equal([]);
  });

  it('applies an action, waits for the end, and leaves actor and reason in the history', async () => {
    const id = await charging();
    const args = ['compensate', id, '--reason', 'fraud alarm', '--yes', '--wait', '3600'];
    const done = await saga(args, { onPause: engineOf(id) });
    expect(done).to.include({ code: 0, out: `${id} failed` });
    const history = await saga(['history', id]);
    expect(history.out)
      .to.include('compensate by olga: "fraud alarm"')
      .and.include('found payment.charge not-executed');
  });

  it('applies an action after a yes', async () => {
    const id = await charging();
    const done = await saga(['compensate', id, '--reason', 'x'], {
      answer: 'y',
      onPause: engineOf(id),
    });
    expect(done.code).to.equal(0);
    expect(done.out).to.match(/^[0-9a-f-]{36} applied$/);
  });

  it('ends with 2 for a usage error, off a terminal without --yes included', async () => {
    const id = await charging();
    for (const args of [
      ['explode'],
      ['list', '--status', 'lost'],
      ['list', '--limit', '0'],
      ['get'],
      ['get', 'no-uuid'],
      ['retry', id],
      ['retry', id, '--yes'],
    ]) {
      const { code, out, err } = await saga(args);
      expect(code, args.join(' ')).to.equal(2);
      expect(out, args.join(' ')).to.equal('');
      expect(err.split('\n'), args.join(' ')).to.have.length(1);
    }
  });

  it('ends with 1, 4, 5, 6, 124 or 130, and one sentence', async () => {
    const [id, ended] = [await charging(), await api.placed()];
    await api.engine.happen(ended, ...COMPLETED);
    const away = await saga(['list', '--url', 'http://127.0.0.1:9']);
    expect(away.code).to.equal(1);
    const token = await saga(['list', '--token', 'nonsense']);
    expect(token.code).to.equal(4);
    const elsewhere = await saga(['list'], { environment: { SAGA_URL: 'https://example.org' } });
    expect(elsewhere.code).to.equal(4);
    expect((await saga(['list', '--token', await api.token('service')])).code).to.equal(4);
    expect((await saga(['get', UNKNOWN])).code).to.equal(5);
    const conflict = await saga(['compensate', ended, '--reason', 'x', '--yes']);
    expect(conflict.code).to.equal(6);
    const late = await saga(['retry', id, '--reason', 'x', '--yes']);
    expect(late.code).to.equal(124);
    const interrupted = await saga(['list'], { signal: AbortSignal.abort() });
    expect(interrupted.code).to.equal(130);
    for (const { err } of [away, token, elsewhere, conflict]) expect(err).to.match(/^[A-Z][^\n]*\.$/);
  });

  it('acts as the local operator by default', async () => {
    const id = await charging();
    const { code, out } = await saga(['get', id, '-o', 'json', '--url', api.url], { environment: {} });
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.include({ sagaId: id });
  });
});
