/** For tests: the curves of the overview, and the same numbers in their tables. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn, widerThanPhone } from './browser.ts';

/** @param page on the overview of a system in which sagas have failed; the minute may have to end first */
export async function checkThroughput(page: Page): Promise<void> {
  const counts = page.locator('.figure').first();
  await counts.waitFor();
  const durations = page.locator('.figure').nth(1);
  await durations.waitFor();
  const words = await counts.getByRole('img').getAttribute('aria-label');
  expect(words).to.match(/^Sagas a minute\. started: \d+ in the last minute, \d+ at the most\. completed: /);
  // By the keyboard alone.
  for (const figure of [counts, durations]) {
    await figure.locator('summary').focus();
    await page.keyboard.press('Enter');
    await figure.getByRole('table').waitFor();
  }
  const failed = await counts.locator('tbody tr td:nth-child(4)').allTextContents();
  expect(failed.reduce((sum, text) => sum + Number(text), 0)).to.be.at.least(2);
  const [median] = (await durations.locator('tbody tr td:nth-child(2)').allTextContents()).filter(
    (text) => text !== '–',
  );
  expect(median).to.match(/^\d/);
  // The value under the pointer.
  await counts.locator('svg').hover({ position: { x: 2, y: 40 } });
  // It has no width.
  await counts.locator('.pointed').waitFor({ state: 'attached' });
  expect(await barriersOn(page), 'the curves').to.deep.equal([]);
  await screenshot(page, 'console-13-throughput');
  expect(await widerThanPhone(page), 'wider than a phone').to.equal(0);
  await screenshot(page, 'console-phone-throughput');
  await page.setViewportSize({ width: 1280, height: 900 });
}
