/** For tests: an admin makes and revokes an API key, ends tokens and requests an erasure, on the console's pages. */
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn, widerThanPhone } from './browser.ts';

const HOLDER = 'night-backend';

interface Given {
  readonly page: Page;
  /** The API's address. */
  readonly api: string;
  readonly reason: string;
}

const showPlan = (within: Page | Locator) => within.getByRole('button', { name: 'Show the plan' }).click();
const apply = (within: Page | Locator) => within.getByRole('button', { name: 'Apply this plan' }).click();

/** Waits until the API answers a key with a status: it reads keys every few seconds. */
async function isAnswered(api: string, key: string, status: number): Promise<void> {
  const read = async () =>
    (await fetch(`${api}/v1/caller`, { headers: { authorization: `Bearer ${key}` } })).status;
  await waitUntil(read, (seen) => seen === status, { what: `the key is answered ${status}` });
}

/** Makes a key, which is shown once and left nowhere, and revokes it. */
export async function checkKeys({ page, api, reason }: Given): Promise<void> {
  await page.getByRole('link', { name: 'Access', exact: true }).waitFor();
  await page.getByText('There is no API key.').waitFor();
  await page.getByLabel('Backend').fill(HOLDER);
  await page.getByLabel('Days until it expires').fill('7');
  await page.getByLabel('Reason').fill(reason);
  await showPlan(page);
  await page.locator('.plan').getByText('So far the backend has 0 live keys.').waitFor();
  expect(await barriersOn(page), 'the keys').to.deep.equal([]);
  await screenshot(page, 'console-11-api-key-plan');
  await apply(page);
  const dialog = page.getByRole('dialog', { name: 'The new key' });
  const key = (await dialog.locator('.secret').textContent()) ?? '';
  expect(key).to.match(/^osk_/);
  expect(await barriersOn(page), 'the new key').to.deep.equal([]);
  await screenshot(page, 'console-12-api-key');
  // Only its own button closes it: the key is in no other place.
  await page.keyboard.press('Escape');
  await page.mouse.click(5, 5);
  expect(await dialog.count()).to.equal(1);
  await isAnswered(api, key, 200);
  await dialog.getByRole('button', { name: 'I have stored it' }).click();
  await dialog.waitFor({ state: 'detached' });
  const left = await page.evaluate(
    'document.documentElement.outerHTML + JSON.stringify([{ ...sessionStorage }, { ...localStorage }]) + location.href',
  );
  expect(left).not.to.include(key);

  await page.locator('.rows').getByText(HOLDER).waitFor();
  await page.getByRole('button', { name: /^Revoke the key/ }).click();
  const revoking = page.getByRole('dialog');
  await revoking.getByLabel('Reason').fill(reason);
  await showPlan(revoking);
  await revoking.getByText('It is the last live key of this backend', { exact: false }).waitFor();
  expect(await barriersOn(page), 'a revocation').to.deep.equal([]);
  await screenshot(page, 'console-13-revocation');
  await apply(revoking);
  await revoking.waitFor({ state: 'detached' });
  await page.locator('.rows [data-state="revoked"]').waitFor();
  expect(await page.getByRole('button', { name: /^Revoke the key/ }).count()).to.equal(0);
  await isAnswered(api, key, 401);
}

/** Ends the tokens of a person. */
export async function checkTokens({ page, reason }: Given): Promise<void> {
  await page.getByRole('link', { name: 'Ended tokens' }).click();
  await page.getByLabel('Person').fill('mallory');
  await page.getByLabel('Reason').fill(reason);
  await showPlan(page);
  await page.locator('.plan').getByText('Every token of mallory', { exact: false }).waitFor();
  expect(await barriersOn(page), 'the ended tokens').to.deep.equal([]);
  await apply(page);
  await page.locator('.rows').getByText('mallory').waitFor();
  await screenshot(page, 'console-14-ended-tokens');
}

/** Plans the erasure of a customer with orders under way, and requests that of one without. */
export async function checkErasures({ page, reason }: Given, customer: string): Promise<void> {
  await page.getByRole('link', { name: 'Erasures' }).click();
  await page.getByText('No erasure was requested.').waitFor();
  await page.getByLabel('Customer', { exact: true }).fill(customer);
  await page.getByLabel('Reason').fill(reason);
  await showPlan(page);
  await page.locator('.plan').getByText('under way', { exact: false }).waitFor();
  expect(await barriersOn(page), 'the erasures').to.deep.equal([]);
  await screenshot(page, 'console-15-erasure-plan');
  await page.getByLabel('Customer', { exact: true }).fill('without-orders');
  await showPlan(page);
  await page.locator('.plan').getByText('Every personal field of 0 orders', { exact: false }).waitFor();
  await apply(page);
  await page.locator('.rows [data-state]').waitFor();
  expect(page.url()).not.to.include('without-orders');
  for (const name of ['API keys', 'Ended tokens', 'Erasures']) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.locator('.rows').waitFor();
    expect(await widerThanPhone(page), `${name} is wider than a phone`).to.equal(0);
    await screenshot(page, `console-phone-access-${name.toLowerCase().replace(' ', '-')}`);
  }
}
