/**
 * The console in Chromium, on a whole system: a person opens the link that `npm start` prints, finds the declined order, sees why, and
 * acts on a saga that waits.
 */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { commandId, noticeId, uuidv7 } from '#protocol/ids.ts';
import { consoleLink } from '#scripts/run/console-link.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { publishAll } from '#scripts/verify/e2e/kafka.ts';
import { openShop, type Shop, WITH_GATEWAY } from '#scripts/verify/e2e/shop.ts';
import { checkErasures, checkKeys, checkTokens } from './testing/access-checks.ts';
import { checkBrakes } from './testing/brake-checks.ts';
import { barriersOn, openBrowser, openPage, widerThanPhone } from './testing/browser.ts';
import { checkColumns } from './testing/column-checks.ts';
import { campaignOf, checkCoupons } from './testing/coupon-checks.ts';
import { badMessages, checkLetters } from './testing/letter-checks.ts';
import { checkReference } from './testing/reference-checks.ts';
import { checkThroughput } from './testing/throughput-checks.ts';
import { checkComparison, checkVersion } from './testing/version-checks.ts';

const MANY = 3;
const MARKUP = '<img src=x onerror="document.title=1"><b>Ada</b>';

describe('the console in Chromium', function () {
  // On a machine that shares its processors.
  this.timeout(600_000);
  let shop: Shop;
  let browser: Browser;
  let declined: string;
  let foreign: string;
  let held: string;
  before(async function () {
    const opened = await openBrowser();
    if (opened === null) {
      process.stderr.write(
        'no Chromium on this machine (CHROMIUM names its file): these tests are skipped\n',
      );
      return this.skip();
    }
    browser = opened;
    shop = await openShop('console', { only: [...WITH_GATEWAY, 'coupons', 'coupon-issuer'] });
    declined = await shop.place({ customerId: 'ada', method: 'pm_card_chargeDeclined' });
    foreign = await shop.place({ customerId: MARKUP, line1: MARKUP, method: 'pm_card_chargeDeclined' });
    await shop.ended([declined, foreign], 120_000);
    // The next order waits for payment, as long as the tests need it.
    shop.system.kill('payment', 'SIGSTOP');
    held = await shop.place({ customerId: 'grace' });
    await shop.placeMany(MANY, () => ({ customerId: 'hopper' }));
  });
  after(async () => {
    if (shop !== undefined) shop.system.kill('payment', 'SIGCONT');
    await browser?.close();
    await shop?.stop();
  });

  const open = async (path = '', role = 'operator', locale?: string) => {
    const link = new URL(await consoleLink(String(shop.system.urls['api']), shop.system.stack, role));
    link.pathname += path;
    return openPage(browser, link.href, locale === undefined ? {} : { locale });
  };
  const live = (page: Page) => page.locator('.connection[data-state="live"]').waitFor();
  /** Foreign text made nothing of the page, and the browser reported nothing. */
  const close = async (page: Page, faults: readonly string[]) => {
    expect(await page.locator('img').count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  };

  it('opens signed in, leads to the declined order, and shows why it failed and that its stock went back', async () => {
    const { page, faults } = await open();
    await live(page);
    expect(page.url()).not.to.include('token');
    await page.getByRole('heading', { name: 'Active sagas by state and age' }).waitFor();
    // The saga that waits is a number of the heat map.
    await page.locator('.heat .cell').first().waitFor();
    expect(await barriersOn(page), 'the overview').to.deep.equal([]);
    await screenshot(page, 'console-1-overview');

    await page.getByRole('link', { name: 'Sagas', exact: true }).click();
    await page.getByLabel('Search').fill('ada');
    await page.keyboard.press('Enter');
    await page.waitForURL(/[?]text=ada/);
    const link = page.locator(`.grid a[href$="${declined}"]`);
    await link.waitFor();
    expect(await barriersOn(page), 'the list').to.deep.equal([]);
    await screenshot(page, 'console-2-sagas');

    await link.click();
    await page.locator('.why').getByText('Your card was declined').waitFor();
    await page.locator('.machine').waitFor();
    await page.locator('.facets').getByText('released', { exact: true }).waitFor();
    await page.locator('.facets').getByText('not charged').waitFor();
    await page.locator('.history').getByText('payment.declined', { exact: true }).waitFor();
    expect(await barriersOn(page), 'a saga').to.deep.equal([]);
    await screenshot(page, 'console-3-saga');
    await close(page, faults);
  });

  it('shows foreign text as text, in each view', async () => {
    for (const path of ['', 'sagas', `sagas/${foreign}`]) {
      const { page, faults } = await open(path);
      // The overview names no customer.
      if (path === '') await page.locator('.rows a').first().waitFor();
      else await page.getByText(MARKUP, { exact: true }).first().waitFor();
      if (path.endsWith(foreign)) {
        // Of the history: it may come after the order's own, which stands behind it.
        await page.locator('.history .more summary').first().click();
        await page.locator('.history .json').getByText('onerror').first().waitFor();
      }
      expect(await page.locator('img').count(), path).to.equal(0);
      expect(await page.title(), path).to.equal('Order sagas');
      expect(faults, path).to.deep.equal([]);
      await page.context().close();
    }
  });

  it('plans an act, keeps the typed reason through an ended session, and shows what the engine did', async () => {
    const person = { role: 'operator', subject: 'first-operator' };
    const token = await tokenFor(person, shop.system.stack);
    const { page } = await openPage(
      browser,
      `${shop.system.urls['api']}/console/sagas/${held}#token=${token}`,
    );
    await live(page);
    await page.getByLabel('Action').selectOption('pause');
    await page.getByLabel('Reason').fill(`${MARKUP} waits for its bank`);
    const ended = await shop.post(
      '/v1/ended-tokens',
      { subject: person.subject, reason: 'a test' },
      { authorization: `Bearer ${await tokenFor(roleHolder('admin'), shop.system.stack)}` },
    );
    expect(ended.status, await ended.text()).to.be.lessThan(300);
    // The stream of events ends with the token, and so the page learns of it.
    await page.getByText('Your session has ended').waitFor();
    expect(await barriersOn(page), 'the ended session').to.deep.equal([]);
    await page
      .getByLabel('Token')
      .fill(await tokenFor({ role: 'operator', subject: 'second-operator' }, shop.system.stack));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Your session has ended').waitFor({ state: 'hidden' });
    expect(await page.getByLabel('Reason').inputValue()).to.equal(`${MARKUP} waits for its bank`);

    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.locator('.plan').getByText('It sends no message.').waitFor();
    expect(await barriersOn(page), 'a plan').to.deep.equal([]);
    await screenshot(page, 'console-4-plan');
    await page.getByRole('button', { name: 'Apply this plan' }).click();
    await page.getByText('Applied', { exact: true }).first().waitFor();
    await page.locator('.saga-head').getByText('paused').waitFor();
    await page.locator('.history .event').getByText('waits for its bank').first().waitFor();
    expect(await page.locator('img').count()).to.equal(0);
    expect((await shop.get<{ paused: boolean }>(`/v1/sagas/${held}`)).paused).to.equal(true);
    await page.context().close();
  });

  it('acts on many sagas as planned, and follows the batch to the outcome of each', async () => {
    const { page, faults } = await open('sagas');
    await page.getByLabel('Search').fill('hopper');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Act on all that match' }).click();
    await page.getByLabel('Action').selectOption('pause');
    await page.getByLabel('Reason').fill(MARKUP);
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.locator('.plan').getByText(`On ${MANY} sagas`).waitFor();
    expect(await barriersOn(page), 'the plan of a batch').to.deep.equal([]);
    await screenshot(page, 'console-5-batch-plan');
    await page.getByRole('button', { name: 'Apply this plan' }).click();
    await page.waitForURL(/\/batches\/[0-9a-f-]{36}$/);
    await live(page);
    await page.getByText(`${MANY} of ${MANY} have ended`).waitFor();
    await page
      .locator('.rows [data-outcome="applied"]')
      .nth(MANY - 1)
      .waitFor();
    expect(await barriersOn(page), 'a batch').to.deep.equal([]);
    await screenshot(page, 'console-6-batch');
    const { items } = await shop.get<{ items: unknown[] }>('/v1/sagas?paused=true&customerId=hopper');
    expect(items).to.have.length(MANY);
    await page.keyboard.press('g');
    await page.keyboard.press('b');
    await page.locator('.grid').getByText('Pause sagas').waitFor();
    await page.locator('.grid').getByText(MARKUP).waitFor();
    expect(await barriersOn(page), 'the batches').to.deep.equal([]);
    await close(page, faults);
  });

  it('plans the correction of a dead letter, discards it, and discards the others of its kind as a batch', async () => {
    const bad = badMessages(uuidv7(Date.now()), MANY, MARKUP);
    await publishAll(shop.system.addresses.kafka, shop.prefix, bad);
    const { page, faults } = await open('dead-letters');
    await checkLetters(page, bad);
    await close(page, faults);
  });

  it('sets a brake and lets go of it, and the audit says who did and why', async () => {
    const { page, faults } = await open('brakes');
    await checkBrakes(page, MARKUP);
    await close(page, faults);
  });

  it('shows who is behind, since when, and the sagas that fail there', async () => {
    const id = await shop.place({ customerId: 'lovelace' });
    await waitUntil(
      () => shop.get<{ state: string }>(`/v1/sagas/${id}`),
      ({ state }) => state === 'chargingPayment',
    );
    const charge = commandId(id, 'payment.charge', 1);
    const notice = {
      ...{ specversion: '1.0', id: noticeId(charge, 1), type: 'payment.delayed', source: '/payment' },
      ...{ time: new Date().toISOString(), subject: id, commandid: charge },
      data: { code: 'gateway-unavailable', text: MARKUP },
    };
    await publishAll(shop.system.addresses.kafka, shop.prefix, [
      { topic: 'saga-replies', key: id, value: JSON.stringify(notice) },
    ]);
    const { page, faults } = await open();
    // Payment stands still, and so do the commands of all that wait for it.
    await page.locator('.lag').first().getByText('payment').waitFor();
    await page.locator('.lag').first().getByText('unread', { exact: false }).waitFor();
    expect(await barriersOn(page), 'the overview with its lag').to.deep.equal([]);
    await screenshot(page, 'console-11-overview-lag');
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    const payment = page.locator('[data-participant="payment"]');
    await payment.getByText(/^payment-requested\/\d+$/).waitFor();
    await live(page);
    await page.getByRole('button', { name: 'topics' }).click();
    await page.locator('.part').getByText('saga-control').waitFor();
    const failing = payment.getByRole('link', { name: 'gateway-unavailable' });
    await failing.waitFor();
    expect(await barriersOn(page), 'the participants').to.deep.equal([]);
    await screenshot(page, 'console-12-participants');
    await page.setViewportSize({ width: 390, height: 844 });
    const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(wider, 'wider than a phone').to.equal(0);
    await screenshot(page, 'console-phone-participants');
    await page.setViewportSize({ width: 1280, height: 900 });
    await failing.click();
    await page.waitForURL(/failureCode=gateway-unavailable/);
    await page.locator(`.grid a[href$="${id}"]`).waitFor();
    expect(await page.locator('.grid tbody tr:not([aria-hidden])').count()).to.equal(1);
    expect(await page.locator('img').count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it('draws what began and ended in each minute, and has it as a table', async () => {
    const { page, faults } = await open('', 'viewer');
    await checkThroughput(page);
    await close(page, faults);
  });

  it('keeps the filters of a list as a view, and shows the version that new sagas begin under', async () => {
    const { page, faults } = await open('sagas');
    await page.getByLabel('Search').fill('hopper');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save as a view' }).click();
    await page.getByLabel('Name').fill(MARKUP);
    await page.getByLabel('Reason').fill('for the night');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.locator('.plan').getByText('These filters and this order').waitFor();
    expect(await barriersOn(page), 'a view').to.deep.equal([]);
    await page.getByRole('button', { name: 'Apply this plan' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForURL((url) => !url.search.includes('hopper'));
    await page.getByLabel('Saved views').selectOption({ label: MARKUP });
    await page.waitForURL(/text=hopper/);
    expect(await barriersOn(page), 'the list with its views').to.deep.equal([]);

    await page.getByRole('link', { name: 'Definitions' }).click();
    await page.locator('.row').getByText('active', { exact: true }).waitFor();
    await page.locator('.row').getByText('1 engine runs it').waitFor();
    expect(await barriersOn(page), 'the definitions').to.deep.equal([]);
    for (const name of ['Overview', 'Sagas', 'Batches', 'Dead letters', 'Brakes', 'Definitions', 'Audit']) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
      expect(await widerThanPhone(page), `${name} is wider than a phone`).to.equal(0);
      await screenshot(page, `console-phone-${name.toLowerCase().replace(' ', '-')}`);
    }
    await close(page, faults);
  });

  it('draws the machine of a version, and what differs from another one', async () => {
    const { page, faults } = await open('definitions', 'viewer');
    await checkVersion(page);
    await checkComparison(page);
    await close(page, faults);
  });

  it('follows a campaign to its last coupon, at the coupon API’s own address', async () => {
    const coupons = { url: String(shop.system.urls['coupons']), stack: shop.system.stack };
    const id = await campaignOf(coupons, MARKUP);
    const { page, faults } = await open('', 'viewer');
    await checkCoupons(page, coupons, id, MARKUP);
    await close(page, faults);
  });

  it('makes an API key that is shown once, revokes it, ends tokens and requests an erasure', async () => {
    const { page, faults } = await open('access', 'admin');
    const given = { page, api: String(shop.system.urls['api']), reason: MARKUP };
    await checkKeys(given);
    await checkTokens(given);
    await checkErasures(given, 'hopper');
    await close(page, faults);
  });

  it('shows a viewer the API’s reference, and nothing of keys and access', async () => {
    const { page, faults } = await open('reference', 'viewer');
    await checkReference(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByText('API reference').waitFor();
    expect(await page.getByRole('dialog').getByText('Keys and access').count()).to.equal(0);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('link', { name: 'Access', exact: true }).count()).to.equal(0);
    await page.goto(new URL('/console/access', page.url()).href);
    await page.getByText('Keys, tokens and erasures are for admins.').waitFor();
    expect(await page.getByRole('button', { name: 'Show the plan' }).count()).to.equal(0);
    expect(faults, 'no call that would be refused').to.deep.equal([]);
    await page.context().close();
  });

  it('has the columns of the list that a person chose', async () => {
    const { page, faults } = await open('sagas', 'viewer');
    await page.locator('.grid a').first().waitFor();
    await checkColumns(page);
    await close(page, faults);
  });

  it('offers a viewer no act, and a person without a role here no view', async () => {
    const { page } = await open(`sagas/${held}`, 'viewer', 'ko-KR');
    await page.getByRole('heading', { name: '이유와 예상 시각' }).waitFor();
    await page.locator('.person').getByText('local-viewer').waitFor();
    await page.locator('.machine').waitFor();
    expect(await page.getByRole('heading', { name: '이 사가에 조치하기' }).count()).to.equal(0);
    expect(await barriersOn(page), 'Korean').to.deep.equal([]);
    await page.context().close();
    const { page: other } = await open('', 'service');
    await other.getByText('Your role, service, has no view here.', { exact: false }).waitFor();
    await other.context().close();
  });

  it('is steered by keys, and says when it is not live', async () => {
    const { page, faults } = await open('sagas', 'viewer');
    await page.locator('.grid a').first().waitFor();
    await live(page);
    await page.keyboard.press('j');
    await page.locator('.grid tr[data-current]').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    expect(await barriersOn(page), 'the keys').to.deep.equal([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(faults).to.deep.equal([]);
    shop.system.kill('api', 'SIGKILL');
    await page.locator('.connection[data-state="lost"]').waitFor();
    // The system starts it again.
    await live(page);
    await page.keyboard.press('Enter');
    await page.locator('.why').waitFor();
    await page.context().close();
  });
});
