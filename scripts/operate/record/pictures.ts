/** Pictures of the console for the README: the overview of a night, and a saga that goes back. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { findChromium, launch } from '#scripts/shop/testing/chromium.ts';
import { consoleLink } from '../../run/console-link.ts';
import type { System } from '../../run/system.ts';

/** What is on a picture: its file, the view's path, and what is there once it has loaded. */
interface Picture {
  readonly file: string;
  readonly path: string;
  readonly loaded: string;
}

const SIZE = { width: 1280, height: 760 };

/**
 * Takes the pictures where this machine has a Chromium.
 * @param sagaId one that goes back
 * @param folder where they are written, as PNG
 * @returns false: there is no Chromium
 */
export async function takePictures(system: System, sagaId: string, folder: string): Promise<boolean> {
  const program = findChromium();
  if (program === undefined) return false;
  mkdirSync(folder, { recursive: true });
  const browser = await launch(program);
  try {
    const pictures: readonly Picture[] = [
      { file: 'overview.png', path: '', loaded: '.heat .cell' },
      { file: 'saga.png', path: `sagas/${sagaId}`, loaded: '.history li' },
    ];
    for (const picture of pictures) await take(browser, system, picture, folder);
  } finally {
    await browser.close();
  }
  return true;
}

async function take(
  browser: Browser,
  { urls, stack }: System,
  { file, path, loaded }: Picture,
  folder: string,
): Promise<void> {
  const link = new URL(await consoleLink(String(urls['api']), stack));
  link.pathname += path;
  const options = { viewport: SIZE, locale: 'en-US', colorScheme: 'light', reducedMotion: 'reduce' } as const;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(link.href);
  await page.locator(loaded).first().waitFor();
  await page.locator('.connection[data-state="live"]').waitFor();
  await page.screenshot({ path: join(folder, file) });
  await context.close();
}
