/** The night of many stuck sagas in the console, in a real browser: what a person clicks, what it takes, and a picture of its batch. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findChromium, launch } from '#scripts/shop/testing/chromium.ts';
import { consoleLink } from '../../run/console-link.ts';
import { StackProblem } from '../../run/stack/problem.ts';
import type { System } from '../../run/system.ts';

const SIZE = { width: 1280, height: 900 };
const WITHIN_MS = 300_000;

/** A person at the browser: each step is kept with its clicks and its time. */
interface Person {
  readonly page: Page;
  /** A link or a button. */
  click(name: string): Promise<void>;
  clickAt(selector: string): Promise<void>;
  /** Clicks into a field and types. */
  type(label: string, text: string): Promise<void>;
  /** Ends a step once a text is seen. */
  sees(what: string, text: string): Promise<void>;
}

/**
 * Plays it on a system whose sagas are stuck, and whose gateway still fails.
 * @param night `mend` has the gateway work again
 * @param folder of the picture
 * @returns the page, as Markdown
 */
export async function playConsoleNight(
  system: System,
  { stuck, mend }: { readonly stuck: number; readonly mend: () => Promise<void> },
  folder: string,
): Promise<string> {
  const program = findChromium();
  if (program === undefined) throw new StackProblem('There is no Chromium: CHROMIUM names its file.');
  const browser = await launch(program);
  try {
    const context = await browser.newContext({ viewport: SIZE, locale: 'en-US', colorScheme: 'light' });
    context.setDefaultTimeout(WITHIN_MS);
    const page = await context.newPage();
    const rows: string[] = [];
    const person = personAt(page, rows);
    await page.goto(await consoleLink(String(system.urls['api']), system.stack));
    await person.sees('the overview, signed in by the printed link', 'Active sagas by state and age');
    await person.clickAt('.heat a.cell[href*="stuck"]');
    await play(person, stuck, mend, folder);
    return pageOf(rows);
  } finally {
    await browser.close();
  }
}

async function play(person: Person, stuck: number, mend: () => Promise<void>, folder: string): Promise<void> {
  const { page } = person;
  await person.sees('the stuck sagas, by the red cell', 'Act on all that match');
  await person.click('Act on all that match');
  await person.type('Reason', 'refunds work again, says the gateway');
  await person.click('Show the plan');
  await person.sees('the plan of all: messages, money, hash', `On ${stuck} sagas`);
  await person.click('Apply this plan');
  await person.sees('the batch has stopped by itself after one saga, and says why', 'It stopped by itself');
  await mend();
  await person.type('Reason', 'the gateway confirmed by phone');
  await person.click('Show the plan');
  await person.sees('the plan of the resume', 'Next state');
  await person.click('Apply this plan');
  await person.sees('the last outcome', `${stuck} of ${stuck} have ended`);
  await page.screenshot({ path: join(folder, 'batch.png') });
}

function personAt(page: Page, rows: string[]): Person {
  let clicks = 0;
  let keys = 0;
  let since = performance.now();
  return {
    page,
    async click(name) {
      clicks += 1;
      await page.getByRole('button', { name }).or(page.getByRole('link', { name })).first().click();
    },
    async clickAt(selector) {
      clicks += 1;
      await page.locator(selector).first().click();
    },
    async type(label, text) {
      clicks += 1;
      keys += text.length;
      await page.getByLabel(label).fill(text);
    },
    async sees(what, text) {
      await page.getByText(text).first().waitFor();
      const seconds = (performance.now() - since) / 1000;
      rows.push(`| ${what} | ${clicks} | ${keys} | ${seconds.toFixed(1)} |`);
      since = performance.now();
    },
  };
}

const pageOf = (rows: readonly string[]): string =>
  [
    '# Four hundred stuck sagas, in the console',
    `*Played by \`npm run record -- --console\` on ${new Date().toISOString().slice(0, 10)} in Chromium, on a system with the gateway
simulator. Clicks and typed characters count on; seconds are those of the step, of which a person adds the reading.*`,
    ['| a person sees | clicks | characters | s |', '|---|---|---|---|', ...rows].join('\n'),
    '![The batch at its end](pictures/batch.png)',
    '',
  ].join('\n\n');
