/** Searching from the command line, against the real API. */
import { expect } from 'chai';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING } from '../http/testing/engine.ts';
import { runSaga } from './testing/terminal.ts';

describe('the saga command, searching', () => {
  let api: TestApi;
  let [one, two] = ['', ''];
  before(async () => {
    api = await startTestApi();
    one = await api.placed({ customerId: 'search', amount: 1_000 });
    two = await api.placed({ customerId: 'search', amount: 2_000, couponId: 'c-1' });
    await api.engine.happen(
      two,
      ...CHARGING,
      { to: 'coupon.redeem', reply: 'coupon.redeemed', data: { discount: 1 } },
      { to: 'payment.charge', reply: 'payment.delayed', data: { code: 'slow', text: 'no answer for 3 s' } },
    );
  });
  after(() => api?.close());

  const saga = (...args: string[]) => runSaga(api, args);
  const ids = async (...args: string[]) => {
    const { code, out, err } = await saga('list', ...args, '-o', 'json');
    expect(code, err).to.equal(0);
    return (JSON.parse(out) as Array<{ sagaId: string }>).map(({ sagaId }) => sagaId);
  };

  for (const [what, args, expected] of [
    ['a customer, oldest first', ['--customer', 'search', '--sort', 'oldest'], () => [one, two]],
    ['an amount', ['--min-amount', '1500'], () => [two]],
    ['a coupon', ['--coupon-id', 'c-1'], () => [two]],
    ['an age', ['--max-age', '1h', '--customer', 'search'], () => [two, one]],
    ['another age', ['--min-age', '1h'], () => []],
    ['creation, some time ago', ['--created-after', '5m', '--max-amount', '1500'], () => [one]],
    ['creation, at an instant', ['--created-before', '2020-01-01'], () => []],
    ['no incident', ['--no-stuck', '--state', 'chargingPayment'], () => [two]],
    ['a part of a text', ['--text', 'no answer'], () => [two]],
  ] as const) {
    it(`lists by ${what}`, async () => {
      expect(await ids(...args)).to.deep.equal(expected());
    });
  }

  it('counts, as tables and for programs', async () => {
    const table = await saga('counts', '--customer', 'search');
    expect(table.out)
      .to.match(/STATE +SAGAS/)
      .and.match(/chargingPayment +1/)
      .and.match(/payment +slow +1/);
    const json = JSON.parse((await saga('counts', '--customer', 'search', '-o', 'json')).out);
    expect(json).to.include({ sagas: 2 });
    const lines = (await saga('counts', '--customer', 'search', '-o', 'jsonl')).out.split('\n');
    expect(lines.map((line) => JSON.parse(line).kind)).to.deep.equal(['state', 'state', 'error']);
    const fingerprint: string = json.errors[0].fingerprint;
    expect(await ids('--fingerprint', fingerprint)).to.deep.equal([two]);
  });

  it('saves a view, lists with it, narrows it, replaces and deletes it', async () => {
    const why = ['--reason', 'a test'];
    const save = ['view', 'save', 'mine', '--customer', 'search', '--sort', 'oldest', '--shared', ...why];
    const planned = await saga(...save);
    expect(planned.code, planned.err).to.equal(3);
    expect(planned.out).to.match(
      /^It saves the view "mine", for everybody, customerId=search, oldest\nPlan [0-9a-f]{64}$/,
    );
    expect((await saga('view', 'list')).out).to.equal('no views');
    const saved = await saga(...save, '--yes');
    expect(saved.out).to.match(/^mine is saved for everybody: /);
    expect(await ids('--view', 'mine')).to.deep.equal([one, two]);
    expect(await ids('--view', 'mine', '--min-amount', '1500')).to.deep.equal([two]);
    expect((await saga('counts', '--view', 'mine')).out).to.include('chargingPayment');
    const change = ['view', 'save', 'mine', '--customer', 'search', '--coupon-id', 'c-1', ...why];
    const changing = await saga(...change);
    expect(changing.out).to.include(
      'In the place of the view of olga: "mine", for everybody, customerId=search, oldest',
    );
    const hash = /Plan (\S+)/.exec(changing.out)?.[1] ?? '';
    expect((await saga(...change, '--yes', '--plan', hash)).code).to.equal(0);
    const again = await saga(...change, '--yes', '--plan', hash);
    expect(again.code, 'it is another view by now').to.equal(6);
    expect(again.err).to.include('The plan has changed');
    expect(await ids('--view', 'mine')).to.deep.equal([two]);
    expect((await saga('view', 'list')).out).to.match(/mine +olga +newest +customerId=search couponId=c-1/);
    const remove = ['view', 'delete', 'mine', ...why];
    const removing = await saga(...remove);
    expect(removing.code, removing.err).to.equal(3);
    expect(removing.out).to.include('It deletes the view of olga: "mine", customerId=search couponId=c-1');
    expect(await ids('--view', 'mine')).to.deep.equal([two]);
    expect((await saga(...remove, '--yes')).out).to.equal('mine is deleted');
    const gone = await saga('list', '--view', 'mine');
    expect(gone).to.include({ code: 5, err: 'There is no view "mine"; see saga view list.' });
  });

  it('ends with 2 for what is no filter', async () => {
    for (const args of [
      ['list', '--colour', 'red'],
      ['list', '--min-age', 'long'],
      ['list', '--created-after', 'once'],
      ['list', '--min-amount', '1.5'],
      ['list', '--sort', 'random'],
      ['counts', '--limit', '1'],
    ]) {
      const { code, out } = await saga(...args);
      expect(code, args.join(' ')).to.equal(2);
      expect(out).to.equal('');
    }
  });
});
