/** Campaigns and coupons on the command line, against the real coupon API. */
import { expect } from 'chai';
import {
  madeCampaign,
  openWorld,
  requested,
  type TestCouponApi,
  type World,
} from '#participants/coupon/api/testing/world.ts';
import type { TestApi } from '../http/testing/api.ts';
import { runSaga } from './testing/terminal.ts';

describe('the saga command with campaigns', () => {
  let world: World;
  let coupons: TestCouponApi;
  before(async () => {
    world = await openWorld();
    coupons = await world.api();
  });
  after(() => world?.close());

  const saga = async (args: string[]) => {
    const api = { url: 'http://127.0.0.1:1', token: world.token } as unknown as TestApi;
    const SAGA_TOKEN = await world.token('operator', 'olga');
    return runSaga(api, args, { environment: { SAGA_COUPONS_URL: coupons.url, SAGA_TOKEN } });
  };

  it('makes one after its plan, shows it, and closes it after its plan', async () => {
    const create = [
      'campaign',
      'create',
      'Opening',
      '--total',
      '100',
      '--percent',
      '10',
      '--reason',
      'autumn',
    ];
    const planned = await saga(create);
    expect(planned.code, planned.err).to.equal(3);
    expect(planned.out).to.equal('"Opening" issues up to 100 coupons of 10 %, from now on.');
    expect(planned.err).to.match(new RegExp(`saga -- ${create.join(' ')} --plan [0-9a-f]{64} --yes`));
    expect((await saga(['campaign', 'list'])).out).to.equal('no campaigns');
    expect((await saga(['campaign', 'create', 'A', '--total', '1'])).code).to.equal(2);
    const made = await saga([...create, '--yes']);
    const [id = ''] = made.out.split(' ');
    expect(made.code, made.err).to.equal(0);
    expect((await saga(['campaign', 'get', id])).out).to.match(/Opening +open +100 +0 +100 +10 %/);
    const close = ['campaign', 'close', id, '--reason', 'a wrong price'];
    expect((await saga(close)).code).to.equal(3);
    expect((await saga(['campaign', 'get', id, '-o', 'json'])).out).to.include('"open"');
    const closed = await saga([...close, '--yes']);
    expect(closed, closed.err).to.include({ code: 0, out: 'Opening is closed with 0 coupons issued' });
    expect(closed.err).to.include('100 coupons are withheld');
  });

  it('shows the outcome of a request', async () => {
    const request = await requested(coupons, await madeCampaign(coupons), 'ada');
    await world.decide(1);
    expect((await saga(['coupon', 'get', request])).out).to.match(new RegExp(`^${request} issued: `));
    expect((await saga(['coupon', 'get', 'nonsense'])).code).to.equal(5);
  });
});
