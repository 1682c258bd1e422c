/** For tests: the machine of a version on the console's page, and a comparison with a version that only the test has. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { screenshot } from '#scripts/shop/testing/chromium.ts';
import type { DefinitionGraph, DefinitionPage } from '../src/generated/api.ts';
import { barriersOn, widerThanPhone } from './browser.ts';

/** Shows version 1, beside which the API runs none. */
export async function checkVersion(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Its machine: order v1' }).click();
  await page.getByRole('heading', { name: 'order v1' }).waitFor();
  await page.locator('.machine').waitFor();
  await page.getByText('This API runs no other version', { exact: false }).waitFor();
  await page.locator('.state-row').getByText('payment.declined').first().waitFor();
  expect(await barriersOn(page), 'the machine of a version').to.deep.equal([]);
  await screenshot(page, 'console-16-version');
}

/** Compares version 1 with a second one, which the page alone is answered. */
export async function checkComparison(page: Page): Promise<void> {
  await page.route('**/v1/definitions', async (route) => {
    const { items } = (await (await route.fetch()).json()) as DefinitionPage;
    const second = items.map((one) => ({ ...one, version: 2, active: false, liveSagas: 0 }));
    await route.fulfill({ json: { items: [...second, ...items] } });
  });
  await page.route('**/v1/definitions/order/2/graph', async (route) => {
    const first = await route.fetch({ url: route.request().url().replace('/order/2/', '/order/1/') });
    await route.fulfill({ json: secondOf((await first.json()) as DefinitionGraph) });
  });
  await page.reload();
  await page.getByLabel('Compare with').selectOption('2');
  await page.waitForURL(/[?]with=2/);
  await page.getByRole('heading', { name: 'What differs' }).waitFor();
  expect(await page.locator('.machine').count()).to.equal(2);
  await page
    .locator('.machine .node[data-tone="added"]')
    .getByText('screeningRisk', { exact: true })
    .waitFor();
  const changed = page.locator('[data-change="changed"]');
  await changed.getByText('chargingPayment → screeningRisk', { exact: false }).first().waitFor();
  await page.locator('[data-change="removed"]').getByText('redeemDeadline').waitFor();
  expect(await barriersOn(page), 'two versions').to.deep.equal([]);
  await screenshot(page, 'console-17-two-versions');
  expect(await widerThanPhone(page), 'two versions are wider than a phone').to.equal(0);
  await screenshot(page, 'console-phone-two-versions');
}

/** With a step more before the charge, and without one time limit. */
function secondOf({ nodes, edges, ...rest }: DefinitionGraph): DefinitionGraph {
  const [charging, before] = ['chargingPayment', 'screeningRisk'];
  const step = nodes.find(({ id }) => id === charging);
  const success = edges.find(({ from, event }) => from === charging && event === 'payment.charged');
  if (step === undefined || success === undefined) throw new Error('the order saga charges no payment');
  return {
    ...rest,
    definitionVersion: 2,
    nodes: nodes.flatMap((node) =>
      node === step ? [{ ...step, id: before, commands: ['risk.screen'] }, node] : [node],
    ),
    edges: [
      ...edges
        .filter(({ event }) => event !== 'redeemDeadline')
        .map((one) => (one.kind === 'success' && one.to === charging ? { ...one, to: before } : one)),
      { ...success, id: `${before}/1`, from: before, to: charging, event: 'risk.passed' },
    ],
  };
}
