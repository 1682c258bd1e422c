/** For tests: the columns of the list of sagas, as a person chooses them by the keyboard. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import { barriersOn, widerThanPhone } from './browser.ts';

/** @param page on the list of sagas, whose columns are those of the beginning */
export async function checkColumns(page: Page): Promise<void> {
  const heads = () => page.locator('.grid thead th').allTextContents();
  const before = await heads();
  expect(before).to.include('Customer').and.not.include('Ended');
  await page.getByRole('button', { name: 'Columns' }).focus();
  await page.keyboard.press('Enter');
  const choice = page.getByRole('dialog', { name: 'Columns' });
  // The focus is in it.
  await choice.locator(':focus').waitFor();
  await choice.getByLabel('Customer').focus();
  await page.keyboard.press('Space');
  await choice.getByLabel('Ended').focus();
  await page.keyboard.press('Space');
  await page.locator('.grid thead').getByText('Ended', { exact: true }).waitFor();
  expect(await heads()).not.to.include('Customer');
  expect(await barriersOn(page), 'the choice of columns').to.deep.equal([]);
  await screenshot(page, 'console-21-columns');
  expect(await widerThanPhone(page), 'the choice is wider than a phone').to.equal(0);
  await screenshot(page, 'console-phone-columns');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.keyboard.press('Escape');
  await choice.waitFor({ state: 'detached' });
  // The browser keeps it.
  await page.reload();
  await page.locator('.grid thead').getByText('Ended', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Columns' }).click();
  await choice.getByRole('button', { name: 'Default columns' }).click();
  await page.keyboard.press('Escape');
  await choice.waitFor({ state: 'detached' });
  expect(await heads()).to.deep.equal(before);
}
