/**
 * The shop's page on the whole system, without a browser: its module runs in Node as a page of the shop's origin, or of
 * another. `chromium.e2e.ts` shows the same in a browser.
 */
import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { customerHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { openShop, type Shop } from '#scripts/verify/e2e/shop.ts';
import { campaignOf, shopPost } from './testing/backend.ts';
import { becomePage, type PageCustomer, type StoredRequest } from './testing/browser.ts';

const EVIL = 'https://evil.example';

describe('the shop’s page', () => {
  let system: Shop;
  let url: string;
  let apis: { orders: string; coupons: string };
  before(async () => {
    system = await openShop('page', { shop: true });
    const { urls } = system.system;
    url = String(urls['shop']);
    apis = { orders: String(urls['api']), coupons: String(urls['coupons']) };
  });
  after(() => system?.stop());

  const pages: Array<{ undo(): void }> = [];
  afterEach(() => {
    for (const { undo } of pages.splice(0)) undo();
  });
  const page = async (origin: string) => {
    const opened = await becomePage(origin);
    pages.push(opened);
    return (id: string): PageCustomer =>
      opened.newCustomer({
        id,
        ...apis,
        logIn: () => tokenFor(customerHolder(id), 'test'),
        changed: () => {},
      });
  };
  const latest = (customer: PageCustomer): StoredRequest | undefined => customer.requests[0];
  const decided = (customer: PageCustomer) =>
    waitUntil(
      () => latest(customer),
      (one) => one?.status === 'issued' || one?.status === 'failed',
    );

  it('requests coupons, receives each result, orders with the coupon, and cancels', async () => {
    const customerOf = await page(url);
    const campaign = await campaignOf(url, 2);
    const customers = ['ada', 'grace', 'alan', 'edsger'].map(customerOf);
    await Promise.all(customers.map((one) => one.request(campaign)));
    const results = await Promise.all(customers.map(decided));
    expect(results.map((one) => one?.status).sort()).to.deep.equal(['failed', 'failed', 'issued', 'issued']);
    expect(results.flatMap((one) => one?.reason ?? [])).to.deep.equal(['sold-out', 'sold-out']);

    const winners = customers.filter((one) => latest(one)?.status === 'issued');
    const [first, second] = winners as [PageCustomer, PageCustomer];
    await Promise.all([
      first.order(String(latest(first)?.key), 'pays'),
      second.order(String(latest(second)?.key), 'declined'),
    ]);
    expect(latest(first)?.order).to.include({ status: 'completed', discount: 129, charged: 1161 });
    expect(latest(second)?.order).to.include({ status: 'failed' });
    // Its coupon came back.
    await second.order(String(latest(second)?.key), 'pays');
    expect(latest(second)?.order).to.include({ status: 'completed', discount: 129 });
    expect(await second.cancel(String(latest(second)?.key))).to.match(/Not possible/);
  });

  it('loses no result to a reload, a killed API, and a second tab', async () => {
    const customerOf = await page(url);
    const campaign = await campaignOf(url, 5);
    system.system.kill('coupon-issuer', 'SIGSTOP');
    const before = customerOf('ada');
    await before.request(campaign);
    expect(latest(before)?.status).to.equal('pending');
    await waitUntil(
      () => before.connection,
      (state) => state === 'live',
    );
    system.system.kill('coupons', 'SIGKILL');
    await waitUntil(
      () => before.connection,
      (state) => state === 'waiting',
    );
    // Another module on the same storage is another tab; it names what the first stored.
    const reloaded = customerOf('ada');
    reloaded.resume();
    for (const tab of [before, reloaded]) {
      await waitUntil(
        () => tab.connection,
        (state) => state === 'live',
      );
    }
    system.system.kill('coupon-issuer', 'SIGCONT');
    const [one, other] = await Promise.all([decided(before), decided(reloaded)]);
    expect(one).to.include({ status: 'issued' });
    expect(other).to.deep.equal(one);
    for (const tab of [before, reloaded]) {
      await waitUntil(
        () => tab.connection,
        (state) => state === 'idle',
      );
    }
  });

  it('replaces a connection that is open but dead', async () => {
    const customerOf = await page(url);
    const campaign = await campaignOf(url, 5);
    system.system.kill('coupon-issuer', 'SIGSTOP');
    const customer = customerOf('grace');
    await customer.request(campaign);
    await waitUntil(
      () => customer.connection,
      (state) => state === 'live',
    );
    system.system.kill('coupons', 'SIGSTOP');
    await waitUntil(
      () => customer.connection,
      (state) => state === 'waiting',
    );
    system.system.kill('coupons', 'SIGCONT');
    system.system.kill('coupon-issuer', 'SIGCONT');
    expect(await decided(customer)).to.include({ status: 'issued' });
    await waitUntil(
      () => customer.connection,
      (state) => state === 'idle',
    );
  });

  it('gets nothing from either API where its origin is not listed', async () => {
    const campaign = await campaignOf(url, 1);
    const opened = await becomePage(EVIL);
    pages.push(opened);
    const headers = { authorization: `Bearer ${await tokenFor(customerHolder('ada'), 'test')}` };
    for (const [api, path, method] of [
      [apis.coupons, `/v1/campaigns/${campaign}`, 'GET'],
      [apis.coupons, `/v1/campaigns/${campaign}/requests`, 'POST'],
      [apis.coupons, '/v1/coupon-results/tickets', 'POST'],
      [apis.orders, '/v1/orders', 'POST'],
    ] as const) {
      const failed = await opened.fetch(api + path, { method, headers }).catch((error) => error);
      expect(failed, path).to.be.instanceOf(TypeError);
      // Without a preflight, as a form sends it: the answer is hidden.
      const plain = await opened.fetch(api + path, { method }).catch((error) => error);
      expect(plain, path).to.be.instanceOf(TypeError);
    }
  });

  it('is served with a strict policy, and runs one module of its own', async () => {
    const response = await fetch(url);
    const html = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'"])
      expect(policy).to.contain(part);
    expect(policy).to.contain(
      `connect-src 'self' ${apis.orders} ${apis.coupons} ${apis.coupons.replace('http', 'ws')}`,
    );
    expect(policy).not.to.contain('unsafe');
    expect(html.match(/<script/g)).to.have.length(1);
    expect(html)
      .to.contain('<script type="module" src="/shop.js">')
      .and.not.match(/style=|onclick/);
    for (const path of ['/main.ts', '/../main.ts', '/%2e%2e/server.ts', '/.git/config'])
      expect((await fetch(url + path)).status, path).to.equal(404);
  });

  it('logs customers in for itself alone: other origins, names and customers are refused', async () => {
    const login = { customerId: 'ada' };
    expect((await shopPost(url, 'log-in', login)).status).to.equal(200);
    for (const origin of [null, EVIL, 'null', apis.coupons])
      expect((await shopPost(url, 'log-in', login, { origin })).status, String(origin)).to.equal(403);
    expect((await shopPost(url, 'log-in', { customerId: 'mallory' })).status).to.equal(400);
    expect((await shopPost(url, 'log-in', { ...login, role: 'admin' })).status).to.equal(400);
    expect((await shopPost(url, 'orders', { couponId: campaignId, card: 'pays' })).status).to.equal(401);
    expect(await statusOfHost(url, 'evil.example')).to.equal(403);
    expect(await statusOfHost(url, new URL(url).host.replace('127.0.0.1', 'localhost'))).to.equal(308);
  });
});

const campaignId = '0199d3c4-1234-7abc-8def-0123456789ab';

/** The status of a GET under another name of the host, as after DNS rebinding. */
function statusOfHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers: { host } }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}
