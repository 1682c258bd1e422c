/** For tests: campaigns on the console's pages, which read them from the coupon API at its own address. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn, widerThanPhone } from './browser.ts';

const TOTAL = 3;

export interface CouponApi {
  readonly url: string;
  readonly stack: string;
}

/** A campaign of three coupons. */
export async function campaignOf(api: CouponApi, name: string): Promise<string> {
  const { id } = await posted<{ id: string }>(api, '/v1/campaigns', {
    name,
    total: TOTAL,
    discount: { kind: 'percent', value: 10 },
  });
  return id;
}

/** @param page on any view, of a viewer */
export async function checkCoupons(page: Page, api: CouponApi, id: string, name: string): Promise<void> {
  await page.locator('nav').getByRole('link', { name: 'Coupons' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.getByText(`0 of ${TOTAL} issued, ${TOTAL} left`).waitFor();
  expect(await barriersOn(page), 'the campaigns').to.deep.equal([]);
  await screenshot(page, 'console-18-campaigns');
  await page.getByRole('link', { name }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name, exact: true }).waitFor();
  await page.locator('.figure').nth(1).waitFor();
  await page.getByText('not yet').waitFor();

  for (const userId of ['ada', 'grace', 'hopper'])
    await posted(api, `/v1/campaigns/${id}/requests`, { userId });
  await page.locator('[data-left="0"]').waitFor();
  await page.locator('[data-state="sold-out"]').waitFor();
  await page.getByText(/^between \d\d:\d\d:\d\d\.\d{3} and /).waitFor();
  expect(await page.locator('.figure').first().getByRole('img').getAttribute('aria-label')).to.match(
    /^Left\. left: 0 now, 3 at the most\.$/,
  );
  expect(await barriersOn(page), 'a campaign').to.deep.equal([]);
  await screenshot(page, 'console-19-campaign');
  expect(await widerThanPhone(page), 'a campaign is wider than a phone').to.equal(0);
  await screenshot(page, 'console-phone-campaign');
  await page.setViewportSize({ width: 1280, height: 900 });
  // Whoever comes later cannot know the moment.
  await page.reload();
  await page.getByText('before this page was opened').waitFor();
}

async function posted<Answer>({ url, stack }: CouponApi, path: string, body: object): Promise<Answer> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenFor(roleHolder('service'), stack)}`,
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  expect(answer.status, text).to.be.lessThan(300);
  return JSON.parse(text) as Answer;
}
