/** For tests: a brake on the console's pages, set and let go of, and what the audit says of it and exports. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn, widerThanPhone } from './browser.ts';

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
  await page.getByText(/^Head/).getByText('verified').first().waitFor();
  const all = await exported(page);
  expect(all.map(({ seq }) => seq)).to.deep.equal(all.map((_, index) => all.length - index));
  expect(await barriersOn(page), 'the audit').to.deep.equal([]);
  await screenshot(page, 'console-10-audit');
  await page.getByLabel('Act').fill('release-brake');
  await page.getByLabel('From').fill('2020-01-01T00:00:00');
  await page.keyboard.press('Enter');
  await page.waitForURL(/action=release-brake/);
  const some = await exported(page);
  expect(some.map(({ action, reason: why }) => [action, why])).to.deep.equal([
    ['release-brake', 'it is over'],
  ]);
  // The verdict stays where the filter changes.
  await page.getByText('It holds:').waitFor();
  expect(await widerThanPhone(page), 'the audit is wider than a phone').to.equal(0);
  await screenshot(page, 'console-phone-audit-export');
  await page.setViewportSize({ width: 1280, height: 900 });
}

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly reason: string;
}

/** What the page saves, by the keyboard; it names the number of entries. */
async function exported(page: Page): Promise<Entry[]> {
  await page.locator('.rows .row').first().waitFor();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as JSON lines' }).focus();
  await page.keyboard.press('Enter');
  const file = await saving;
  expect(file.suggestedFilename()).to.match(/^audit-.+\.jsonl$/);
  const lines = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\n');
  await page.getByText(new RegExp(`^Saved ${lines.length} entr(y|ies)[.]`)).waitFor();
  return lines.map((line) => JSON.parse(line) as Entry);
}
