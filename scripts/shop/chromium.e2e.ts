/**
 * The shop's page in Chromium, cross-origin, on the whole system. Skipped where no Chromium is found (see
 * `testing/chromium.ts`); `page.e2e.ts` tests the same without one.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { customerHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { openShop, type Shop } from '#scripts/verify/e2e/shop.ts';
import { faultsOf, findChromium, launch, resultsOn, screenshot } from './testing/chromium.ts';

const SLOW = { timeout: 30_000 };

describe('the shop’s page in Chromium', () => {
  let shop: Shop;
  let url: string;
  let browser: Browser;
  let context: BrowserContext;
  before(async function () {
    const program = findChromium();
    if (program === undefined) {
      process.stderr.write(
        'no Chromium on this machine (CHROMIUM names its file): these tests are skipped\n',
      );
      return this.skip();
    }
    shop = await openShop('chromium', { shop: true });
    url = String(shop.system.urls['shop']);
    browser = await launch(program);
  });
  after(async () => {
    await browser?.close();
    await shop?.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    context.setDefaultTimeout(SLOW.timeout);
  });
  afterEach(() => context?.close());

  const open = async () => {
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('heading', { name: 'Ada' }).waitFor();
    return page;
  };
  const openCampaign = async (page: Page, coupons: number, name = 'Opening day') => {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Coupons', { exact: true }).fill(String(coupons));
    await page.getByRole('button', { name: 'Open a campaign' }).click();
    await page.getByText(`${coupons} of ${coupons} coupons left`).waitFor();
  };
  const card = (page: Page, customer: string) =>
    page.locator('.customer').filter({ has: page.getByRole('heading', { name: customer, exact: true }) });
  const ask = (page: Page, customer: string) =>
    card(page, customer).getByRole('button', { name: 'Request a coupon' }).click();
  const shows = (page: Page, customer: string, text: string) =>
    card(page, customer).locator('.result').getByText(text, { exact: true }).waitFor();

  it('shows accepted, then won or sold out, the stock going down, and the order’s end', async () => {
    const page = await open();
    const faults = faultsOf(page);
    await screenshot(page, '1-empty');
    await openCampaign(page, 2);
    shop.system.kill('coupon-issuer', 'SIGSTOP');
    await page.getByRole('button', { name: 'All request one at once' }).click();
    for (const customer of ['Ada', 'Grace', 'Alan', 'Edsger']) {
      await shows(page, customer, 'Accepted');
      await card(page, customer).getByText('live', { exact: true }).waitFor();
    }
    await screenshot(page, '2-accepted');
    shop.system.kill('coupon-issuer', 'SIGCONT');
    await page.getByText('0 of 2 coupons left').waitFor();
    await page.locator('.result').getByText('Sold out', { exact: true }).nth(1).waitFor();
    expect(await page.locator('.result').getByText('Won', { exact: true }).count()).to.equal(2);
    await screenshot(page, '3-decided');

    await page.getByRole('button', { name: 'Order with it' }).first().click();
    await page.getByText('Order completed: Coffee beans, 1 kg, €11.61 paid, €1.29 off.').waitFor();
    await page.getByLabel('Orders are paid with').selectOption('declined');
    await page.getByRole('button', { name: 'Order with it' }).first().click();
    await page.getByText(/Order failed: .* can be used again/).waitFor();
    await screenshot(page, '4-ordered');
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, '5-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 800 });
    await screenshot(page, '6-narrow');
    expect(faults).to.deep.equal([]);
  });

  it('delivers one result to two tabs of a customer, through a reload and a killed API', async () => {
    const tabs = [await open(), await open()] as const;
    const [first, second] = tabs;
    const received = tabs.map(resultsOn);
    await openCampaign(first, 3);
    shop.system.kill('coupon-issuer', 'SIGSTOP');
    await ask(first, 'Ada');
    await shows(first, 'Ada', 'Accepted');
    await shows(second, 'Ada', 'Accepted');
    await first.reload();
    await shows(first, 'Ada', 'Accepted');
    for (const tab of tabs) await card(tab, 'Ada').getByText('live', { exact: true }).waitFor();
    const pid = shop.system.pids['coupons'];
    shop.system.kill('coupons', 'SIGKILL');
    for (const tab of tabs) await card(tab, 'Ada').getByText('reconnecting…').waitFor();
    await screenshot(first, '7-reconnecting');
    // The system starts it again.
    for (const tab of tabs) await card(tab, 'Ada').getByText('live', { exact: true }).waitFor();
    expect(shop.system.pids['coupons']).not.to.equal(pid);
    shop.system.kill('coupon-issuer', 'SIGCONT');
    for (const tab of tabs) await shows(tab, 'Ada', 'Won');
    const [one, other] = received.map((results) => [...results]);
    expect(one).to.have.length(1);
    expect(one?.[0]?.[1]).to.equal('issued');
    expect(other).to.deep.equal(one);
    const coupons = await Promise.all(tabs.map((tab) => card(tab, 'Ada').locator('.detail').textContent()));
    expect(coupons[0]).to.match(/^Coupon /);
    expect(coupons[1]).to.equal(coupons[0]);
    await screenshot(second, '8-second-tab');
  });

  it('sends what was requested offline once it is online again, also after a reload', async () => {
    const page = await open();
    await openCampaign(page, 3);
    const coupons = `${shop.system.urls['coupons']}/**`;
    await context.route(coupons, (route) => route.abort('internetdisconnected'));
    await ask(page, 'Grace');
    await shows(page, 'Grace', 'Sending…');
    await page.reload();
    await shows(page, 'Grace', 'Sending…');
    await context.unroute(coupons);
    await shows(page, 'Grace', 'Won');
    await page.getByText('2 of 3 coupons left').waitFor();
    expect(await card(page, 'Grace').locator('.request-item').count()).to.equal(1);
  });

  it('shows a stranger’s text as text', async () => {
    const page = await open();
    const faults = faultsOf(page);
    const name = '<img src=x onerror="document.title=1"><b>Opening</b>';
    await openCampaign(page, 1, name);
    expect(await page.locator('#campaign-name').textContent()).to.equal(name);
    expect(await page.locator('#campaign-name *').count()).to.equal(0);
    await page.reload();
    await page.getByText(name).waitFor();
    expect(await page.title()).to.match(/^Demo shop/);
    expect(faults).to.deep.equal([]);
  });

  it('gives nothing to a page whose origin is not listed, even with a customer’s token and ticket', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Another shop</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const coupons = String(shop.system.urls['coupons']);
    const orders = String(shop.system.urls['api']);
    const token = await tokenFor(customerHolder('ada'), 'test');
    const ticket = await fetch(`${coupons}/v1/coupon-results/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    const { protocols } = (await ticket.json()) as { protocols: string[] };
    const attempts = {
      read: await read(page, `${coupons}/v1/campaigns`, token),
      ticket: await read(page, `${coupons}/v1/coupon-results/tickets`, token, 'POST'),
      order: await read(page, `${orders}/v1/orders/0199d3c4-1234-7abc-8def-0123456789ab`, token),
      withoutToken: await read(page, `${coupons}/v1/campaigns`, null),
      login: await read(page, `${url}/shop/log-in`, null, 'POST'),
    };
    for (const [what, outcome] of Object.entries(attempts)) expect(outcome, what).to.equal('Failed to fetch');
    const opened = await page.evaluate(
      `new Promise((resolve) => {
         const socket = new WebSocket(${JSON.stringify(coupons.replace('http', 'ws'))} + '/v1/coupon-results',
           ${JSON.stringify(protocols)});
         socket.onopen = () => resolve('open');
         socket.onclose = ({ code }) => resolve(code);
       })`,
    );
    expect(opened).to.equal(1006);
    server.close();
    server.closeAllConnections();
  });
});

/** What a page gets from a URL: a status, or the text of the error. */
function read(page: Page, url: string, token: string | null, method = 'GET'): Promise<unknown> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return page.evaluate(
    `fetch(${JSON.stringify(url)}, ${JSON.stringify({ method, headers })})
       .then(({ status }) => status, (error) => error.message)`,
  );
}
