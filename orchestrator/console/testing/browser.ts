/** For tests: a person's browser on the console. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { faultsOf, findChromium, launch } from '#scripts/shop/testing/chromium.ts';

/** However slow the machine: a test decides by what is there, never by when. */
const WITHIN_MS = 90_000;

/** Chromium; null where there is none: installing it would take longer than its tests. */
export async function openBrowser(): Promise<Browser | null> {
  const program = findChromium();
  return program === undefined ? null : launch(program);
}

/** A page of a new session at an address, with the faults that its browser reports. */
export async function openPage(
  browser: Browser,
  address: string,
  options: { readonly locale?: string } = {},
): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: options.locale ?? 'en-US',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(WITHIN_MS);
  context.setDefaultNavigationTimeout(WITHIN_MS);
  const page = await context.newPage();
  const faults = faultsOf(page);
  await page.goto(address);
  return { page, faults };
}

/** What axe finds on a page in both themes, in words. */
export async function barriersOn(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    // Evaluated by the browser's own protocol: the page's policy permits no foreign script.
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
    found.push(
      ...violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${colorScheme} ${id}: ${html} ${failureSummary}`),
      ),
    );
  }
  return found;
}

/** How much wider a page is than a phone, whose width it has from then on. */
export async function widerThanPhone(page: Page): Promise<number> {
  await page.setViewportSize({ width: 390, height: 844 });
  return (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
}
