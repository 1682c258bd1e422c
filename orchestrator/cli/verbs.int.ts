/** The verbs of actions, audit and dead letters, against the real API. */
import { expect } from 'chai';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING } from '../http/testing/engine.ts';
import { runSaga, type Terminal } from './testing/terminal.ts';

describe('the saga command acts', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const saga = (args: string[], terminal?: Terminal) => runSaga(api, args, terminal);
  const charging = async () => {
    const id = await api.placed({ customerId: 'alice' });
    await api.engine.happen(id, ...CHARGING);
    return id;
  };
  const controls = (id: string) =>
    api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);
  /** The engine takes the newest of a saga's actions once it is published. */
  const engineOf =
    (id: string, nth = 1) =>
    async () => {
      const records = await waitUntil(
        () => controls(id),
        (seen) => seen.length >= nth,
      );
      await api.engine.take(records.slice(nth - 1));
    };

  it('pauses a saga and resumes it', async () => {
    const id = await charging();
    const why = ['--reason', 'the gateway asks us to wait', '--yes'];
    const paused = await saga(['pause', id, ...why], { onPause: engineOf(id) });
    expect(paused.code, paused.err).to.equal(0);
    expect(JSON.parse((await saga(['get', id, '-o', 'json'])).out)).to.include({ paused: true });
    expect((await saga(['get', id])).out).to.match(/timer +chargeDeadline, stands .* with \d+ s left/);
    const resumed = await saga(['resume', id, ...why], { onPause: engineOf(id, 2) });
    expect(resumed.code, resumed.err).to.equal(0);
    expect(JSON.parse((await saga(['get', id, '-o', 'json'])).out)).to.include({ paused: false });
    expect((await saga(['get', id])).out).to.match(/timer +chargeDeadline, due /);
    const history = (await saga(['history', id])).out;
    expect(history).to.include('pause by olga: "the gateway asks us to wait"').and.include('resume by olga');
  });

  it('shows that a skip revokes the awaited command first', async () => {
    const id = await charging();
    const skip = ['skip', id, '--evidence', 'paid in cash', '--reason', 'x', '--dry-run'];
    expect((await saga(skip)).err, 'without the data of its success').to.include('chargeId');
    const result = JSON.stringify({ chargeId: 'cash-1', amount: 1250, currency: 'EUR' });
    const plan = await saga([...skip, '--result', result]);
    expect(plan.code, plan.err).to.equal(0);
    expect(plan.out).to.include(`${id}/payment.revoke`);
    expect(controls(id)).to.deep.equal([]);
  });

  it('shows the command an edit would issue again, and refuses fields that may not be edited', async () => {
    const id = await charging();
    const edit = (input: string) =>
      saga(['edit', id, '--input', input, '--reason', 'another card', '--dry-run']);
    const plan = await edit('{"payment":{"method":"pm_card_mastercard"}}');
    expect(plan.code, plan.err).to.equal(0);
    expect(plan.out).to.include(`${id}/payment.revoke`);
    const amount = await edit('{"amount":1}');
    expect(amount.code).to.equal(6);
    expect(amount.err).to.include('amount');
    expect((await edit('payment')).code).to.equal(2);
  });

  it('requires evidence to skip and a version to migrate', async () => {
    const id = await charging();
    expect((await saga(['skip', id, '--reason', 'x', '--yes'])).code).to.equal(2);
    expect((await saga(['migrate', id, '--reason', 'x', '--yes'])).code).to.equal(2);
    expect((await saga(['migrate', id, '--to-version', 'two', '--reason', 'x'])).code).to.equal(2);
  });

  it('lists the audit and verifies its chain', async () => {
    const id = await charging();
    await saga(['pause', id, '--reason', 'for the audit', '--yes'], { onPause: engineOf(id) });
    const entries = await saga(['audit', 'list', '--saga', id]);
    expect(entries.out).to.include('olga').and.include('pause').and.include('for the audit');
    const verdict = await saga(['audit', 'verify']);
    expect(verdict.code).to.equal(0);
    expect(verdict.out).to.match(/^\d+ entries hold; head [0-9a-f]+$/);
  });

  it('lists dead letters, and rejects an id that is none', async () => {
    expect((await saga(['dead-letter', 'list'])).out).to.equal('no dead letters');
    expect((await saga(['dead-letter', 'get', '0/999999'])).code).to.equal(5);
    expect((await saga(['dead-letter', 'get', 'seventeen'])).code).to.equal(2);
  });
});
