/** For tests: a brake on the console's pages, set and let go of, and what the audit says of it. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn } from './browser.ts';

/** @param page on the brakes, of an operator */
export async function checkBrakes(page: Page, reason: string): Promise<void> {
  await page.getByLabel('Holds').fill('shipping.prepare');
  await page.getByLabel('Reason').fill(reason);
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.locator('.plan').getByText('Have yet to come to it').waitFor();
  expect(await barriersOn(page), 'the brakes').to.deep.equal([]);
  await page.getByRole('button', { name: 'Apply this plan' }).click();
  await page.locator('.rows').getByText('shipping.prepare').click();
  await page.getByText('in force').waitFor();
  await page.getByLabel('Reason').fill('it is over');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.locator('.plan').getByText('It lets go of').waitFor();
  expect(await barriersOn(page), 'a brake').to.deep.equal([]);
  await screenshot(page, 'console-9-brake');
  await page.getByRole('button', { name: 'Apply this plan' }).click();
  await page.locator('[data-state="releasing"], [data-state="ended"]').first().waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.locator('.rows').getByText('release-brake').waitFor();
  await page.locator('.rows').getByText(reason).first().waitFor();
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await page.getByText('It holds:').waitFor();
  expect(await barriersOn(page), 'the audit').to.deep.equal([]);
  await screenshot(page, 'console-10-audit');
}
