/** For tests: dead letters on the console's pages, corrected, discarded one by one and as a batch. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn } from './browser.ts';

/** What makes one of the bad messages a good one, of another saga. */
const MENDED = {
  source: '/payment',
  commandid: 'of-no-saga/payment.charge',
  data: { chargeId: 'ch_1', amount: 100, currency: 'EUR' },
};

interface Bad {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

/** Messages of one saga that nobody can handle. @param data in the place of their content */
export const badMessages = (key: string, count: number, data: string): Bad[] =>
  Array.from({ length: count }, (_, i) => ({
    topic: 'payment-completed',
    key,
    value: JSON.stringify({
      ...{ specversion: '1.0', id: `${key}/${i}`, type: 'payment.charged', source: '/e2e' },
      ...{ time: new Date().toISOString(), subject: key, data },
    }),
  }));

/** @param page on the dead letters, of an operator */
export async function checkLetters(page: Page, bad: readonly Bad[]): Promise<void> {
  await page.locator('.rows .count').getByText(String(bad.length), { exact: true }).waitFor();
  expect(await barriersOn(page), 'the dead letters').to.deep.equal([]);
  await screenshot(page, 'console-7-dead-letters');

  // The newest is the first.
  await page.locator('a[href*="/dead-letters/"]').first().click();
  await page.locator('.json').getByText('onerror').waitFor();
  await page.getByLabel('Action').selectOption('edit');
  await page
    .getByLabel('Whole message')
    .fill(JSON.stringify({ ...JSON.parse(bad.at(-1)?.value ?? ''), ...MENDED }));
  await page.getByRole('checkbox').check();
  await page.getByLabel('Reason').fill('no data');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.locator('.plan').getByText('/source', { exact: true }).waitFor();
  expect(await barriersOn(page), 'a correction').to.deep.equal([]);
  await screenshot(page, 'console-8-dead-letter');
  await page.getByLabel('Action').selectOption('discard');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.locator('.plan').getByText('The bytes stay.').waitFor();
  await page.getByRole('button', { name: 'Apply this plan' }).click();
  await page.getByText('Discarded', { exact: true }).waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.locator('.rows a[href*="group="]').first().click();
  await page.waitForURL(/group=/);
  await page.getByLabel('Action').selectOption('discard');
  await page.getByLabel('Reason').fill('none of them is ours');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page
    .locator('.plan')
    .getByText(`Letters: ${bad.length - 1}`)
    .waitFor();
  await page.getByRole('button', { name: 'Apply this plan' }).click();
  await page.waitForURL(/\/batches\//);
  await page.getByText(`${bad.length - 1} of ${bad.length - 1} have ended`).waitFor();
}
