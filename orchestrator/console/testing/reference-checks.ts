/** For tests: the API's reference, searched, followed from entry to entry, and opened by a link. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn, widerThanPhone } from './browser.ts';

/** @param page on the reference, of a viewer */
export async function checkReference(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'For every operation' }).waitFor();
  await page.locator('.index').getByText('/v1/sagas/{id}/why').waitFor();
  expect(await barriersOn(page), 'the reference').to.deep.equal([]);
  await screenshot(page, 'console-18-reference');

  await page.keyboard.press('/');
  await page.keyboard.type('revocation');
  await page.waitForURL(/text=revocation/);
  await page.locator('.index').getByText('/v1/api-keys/{id}/revocation').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/reference\/operations\/revokeApiKey[?]text=revocation/);
  await page.getByText('Your role may not call it.').waitFor();
  await page.locator('.content').getByText('plan-changed').first().waitFor();
  expect(await barriersOn(page), 'an operation').to.deep.equal([]);
  await screenshot(page, 'console-19-operation');

  await page.locator('.content').getByRole('link', { name: 'ApiKeyRevocation', exact: true }).click();
  await page.waitForURL(/\/reference\/schemas\/ApiKeyRevocation/);
  await page.getByRole('heading', { name: 'Used by' }).waitFor();
  expect(await barriersOn(page), 'a schema').to.deep.equal([]);

  await page.goto(new URL('/console/reference/messages/payment.charge', page.url()).href);
  await page.getByText('The orchestrator sends it to').waitFor();
  await page.locator('.fields').getByText('gatewayCustomer').first().waitFor();
  expect(await barriersOn(page), 'a message').to.deep.equal([]);
  await screenshot(page, 'console-20-message');

  expect(await widerThanPhone(page), 'a message is wider than a phone').to.equal(0);
  await screenshot(page, 'console-phone-message');
  await page.getByRole('link', { name: '← Messages' }).click();
  await page.locator('.index').getByText('payment.declined').first().waitFor();
  expect(await widerThanPhone(page), 'the reference is wider than a phone').to.equal(0);
  await screenshot(page, 'console-phone-reference');
}
