/** For tests: the Chromium of this machine, driven over its DevTools protocol. No set-up installs one. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { localFolder } from '#scripts/run/stack/places.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The program's file: the one that the variable CHROMIUM names, or one in a usual place; undefined where there is none. */
export function findChromium(): string | undefined {
  return process.env['CHROMIUM'] || PLACES.find((place) => existsSync(place));
}

export function launch(executablePath: string): Promise<Browser> {
  // Its own sandbox needs rights that containers lack; it loads pages of this machine only.
  return chromium.launch({ executablePath, chromiumSandbox: false });
}

/** Saves a picture of the whole page in `.local/screenshots/`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = join(localFolder, 'screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** The faults that a page reports: errors of its scripts, and messages of the browser such as a violated policy. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  return faults;
}

/** The results that a page received on its WebSockets so far, by the requests' ids. */
export function resultsOn(page: Page): Map<string, string> {
  const results = new Map<string, string>();
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      const { results: sent = [] } = JSON.parse(String(payload)) as {
        results?: Array<{ requestId: string; status: string }>;
      };
      for (const { requestId, status } of sent) results.set(requestId, status);
    });
  });
  return results;
}
