/** The plan on the command line: a table with totals, the command that applies exactly it, and its refusal once it has changed. */
import { expect } from 'chai';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING } from '../http/testing/engine.ts';
import { runSaga, type Terminal } from './testing/terminal.ts';

const CHARGED = { chargeId: 'ch_1', amount: 4_990, currency: 'EUR' };

describe('the saga command plans', () => {
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
  const engineOf = (id: string) => async () => {
    const control = await waitUntil(
      () => controls(id),
      (records) => records.length > 0,
    );
    await api.engine.take(control);
  };
  const REASON = "it's the wrong price";
  /** The printed command's arguments, as a shell would give them. */
  const commandIn = (text: string): string[] => {
    const line = text.split('\n').find((one) => one.includes('npm run -s saga -- ')) ?? '';
    const words = line.slice(line.indexOf(' -- ') + 4).match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? [];
    return words.map((word) => word.replaceAll(/'([^']*)'|\\(')/g, (_, plain, quote) => plain ?? quote));
  };

  it('as a table with totals', async () => {
    const id = await charging();
    await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.charged', data: CHARGED });
    const { out, err, code } = await saga(['compensate', id, '--dry-run']);
    expect(code, err).to.equal(0);
    expect(out).to.match(/^It goes to compensating.refundingPayment and sends exactly\n/);
    expect(out).to.match(/MESSAGE +TOPIC +SENT +CONTENT\n/);
    expect(out).to.match(new RegExp(`${id}/order.failed +order-failed +\\{"customerId":"alice"`));
    expect(out).to.match(/MOVES +AT MOST\nmails +sent +1 of order.failed\nmoney +refunded +EUR 49.90\n/);
    expect(out).to.match(
      /Then, if all goes well: payment.refund → inventory.release → failed\nPlan [0-9a-f]{64}$/,
    );
  });

  it('off a terminal, with the command that applies exactly this, and the exit code 3', async () => {
    const id = await charging();
    const planned = await saga(['compensate', id, '--reason', REASON]);
    expect(planned.code).to.equal(3);
    expect(planned.out).to.include(`${id}/payment.refund`);
    const command = commandIn(planned.err);
    expect(command).to.include.members(['compensate', id, '--reason', REASON, '--yes', '--plan']);
    expect(controls(id)).to.deep.equal([]);
    const done = await saga(command, { onPause: engineOf(id) });
    expect(done.code, done.err).to.equal(0);
    const hash = command[command.indexOf('--plan') + 1];
    const { body } = await api.request(`/v1/actions/${done.out.split(' ')[0]}`, { as: 'viewer' });
    expect(body).to.include({ state: 'applied', planHash: hash, appliedPlanHash: hash });
  });

  it('and shows the new one, with the exit code 6, once it has changed', async () => {
    const id = await charging();
    const command = commandIn((await saga(['compensate', id, '--reason', REASON, '--dry-run'])).err);
    await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.charged', data: CHARGED });
    const changed = await saga(command);
    expect(changed.code).to.equal(6);
    expect(changed.err).to.include(`${id}/payment.refund`).and.include('The plan has changed');
    expect(controls(id)).to.deep.equal([]);
  });

  it('and shows the new one where the saga moves while a person reads the plan', async () => {
    const id = await charging();
    const args = ['compensate', id, '--reason', REASON];
    const changed = await saga(args, {
      answer: async () => {
        await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.charged', data: CHARGED });
        return 'y';
      },
    });
    expect(changed.code).to.equal(6);
    expect(changed.err.match(/Plan [0-9a-f]{64}/g)).to.have.length(2);
    expect(controls(id)).to.deep.equal([]);
  });

  it('and shows the new one where the saga moves before the engine reads the action', async () => {
    const id = await charging();
    const moved = async () => {
      await api.engine.happen(id, { to: 'payment.charge', reply: 'payment.charged', data: CHARGED });
      await engineOf(id)();
    };
    const refused = await saga(['compensate', id, '--reason', REASON, '--yes'], { onPause: moved });
    expect(refused).to.include({ code: 6, out: '' });
    expect(refused.err)
      .to.include('Refused: the saga moved on')
      .and.include('Above is what it would do now.');
    expect(refused.err.match(/Plan [0-9a-f]{64}/g)).to.have.length(2);
  });

  it('and applies its parameters as they were given', async () => {
    const id = await charging();
    const input = JSON.stringify({ payment: { method: 'pm_card_mastercard' } });
    const planned = await saga(['edit', id, '--input', input, '--reason', 'another card']);
    const command = commandIn(planned.err);
    expect(command).to.include(input);
    const late = await saga(command, { onPause: engineOf(id) });
    // The edit waits for the answer to its revoke.
    expect(late.code, late.err).to.equal(124);
  });
});
