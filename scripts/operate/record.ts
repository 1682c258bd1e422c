/**
 * `npm run record`: records a session of the command line on a real system with the gateway simulator, and writes it as the page
 * `orchestrator/cli/recorded-night.md`, with pictures of the console before it. The system is started for it, on a stack that is wiped
 * afterwards.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { root } from '../run/stack/places.ts';
import { runMain } from '../run/stack/problem.ts';
import { stackDown } from '../run/stack/stack.ts';
import { roleHolder, tokenFor } from '../run/stack/token.ts';
import { type System, startSystem } from '../run/system.ts';
import { say as print } from '../run/terminal.ts';
import { playConsoleNight } from './record/console-night.ts';
import { type NightOptions, playNight } from './record/night.ts';
import { takePictures } from './record/pictures.ts';
import { openSession } from './record/session.ts';

const STACK = 'record';
const PICTURES = 'orchestrator/console/pictures';
const CONSOLE_PAGE = 'orchestrator/console/night.md';
const PAGE = 'orchestrator/cli/recorded-night.md';
const TITLE = 'Four hundred stuck sagas, from the command line';
const KEY = 'sk_test_local';
/** Orders that are sent at once. */
const AT_ONCE = 20;
const STUCK_WITHIN_MS = 300_000;
/** Shipping serves it not. */
const UNSERVED = 'AQ';

interface Options extends NightOptions {
  readonly out?: string;
  readonly pictures: string;
  readonly console: boolean;
}

await runMain(async () => {
  const command = new Command('record')
    .description('records a session of the command line on a real system')
    .option('--stuck <count>', 'sagas that get stuck', Number, 400)
    .option('--completed <count>', 'orders that end well', Number, 40)
    .option('--out <file>', 'the page')
    .option('--pictures <folder>', 'the pictures of the console', join(root, PICTURES))
    .option('--console', 'plays the night in the console instead, and counts its clicks', false)
    .parse();
  const { out, ...options } = command.opts<Options>();
  const file = out ?? join(root, options.console ? CONSOLE_PAGE : PAGE);
  try {
    const system = await startSystem({ stack: STACK, gateway: 'simulator', print });
    try {
      writeFileSync(file, await recorded(system, options));
      print(`written: ${file}`);
    } finally {
      await system.stop();
    }
  } finally {
    await stackDown(STACK, { wipe: true });
  }
  return 0;
});

/** Makes the sagas stuck, plays the night, and returns it as a page. */
async function recorded(system: System, options: Omit<Options, 'out'>): Promise<string> {
  const gateway = behaviourOf(system);
  await gateway({ refundStatus: 'failed', on: ['refund'] });
  await place(system, options.completed, 'DE');
  await place(system, options.stuck, UNSERVED);
  const sagaId = await untilStuck(system, options.stuck);
  const isTaken = await takePictures(system, sagaId, options.pictures);
  print(isTaken ? `written: ${options.pictures}` : 'no pictures: this machine has no Chromium');
  if (options.console)
    return playConsoleNight(system, { stuck: options.stuck, mend: () => gateway({}) }, options.pictures);
  const session = openSession({
    SAGA_URL: system.urls['api'] ?? '',
    SAGA_TOKEN: await tokenFor({ role: 'operator', subject: 'olga' }, STACK),
  });
  session.say(`*Recorded by \`npm run record\` on ${new Date().toISOString().slice(0, 10)}, from a system with the gateway simulator; times are UTC.
\`saga() { npm run -s saga -- "$@"; }\`. A line \`[… n more lines …]\` stands for what was printed and left out here.*`);
  await playNight(session, { mend: () => gateway({}) }, options);
  return session.page(TITLE);
}

/** Sets how the gateway simulator behaves. */
function behaviourOf({ urls }: System): (behaviour: object) => Promise<void> {
  return async (behaviour) => {
    const answer = await fetch(`${urls['gateway']}/_sim/behaviour`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(behaviour),
    });
    if (!answer.ok) throw new Error(`the gateway simulator answered ${answer.status}`);
  };
}

/** Places orders of many customers. */
async function place(system: System, count: number, country: string): Promise<void> {
  const authorization = `Bearer ${await tokenFor(roleHolder('service'), STACK)}`;
  const one = async (nth: number) => {
    const answer = await fetch(`${system.urls['api']}/v1/orders`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        customerId: `customer-${nth}`,
        items: [{ sku: 'coffee-beans', quantity: 1 }],
        currency: 'EUR',
        amount: 1_290,
        payment: { method: 'pm_card_visa' },
        shippingAddress: { country },
      }),
    });
    if (answer.status !== 202)
      throw new Error(`an order was answered ${answer.status}: ${await answer.text()}`);
  };
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => one(from + i)));
}

/** @returns one of them */
async function untilStuck(system: System, wanted: number): Promise<string> {
  const authorization = `Bearer ${await tokenFor(roleHolder('viewer'), STACK)}`;
  const get = (path: string) => fetch(`${system.urls['api']}${path}`, { headers: { authorization } });
  const stuck = async () => {
    const answer = await get('/v1/sagas/counts?stuck=true');
    return answer.ok ? ((await answer.json()) as { sagas: number }).sagas : 0;
  };
  await waitUntil(stuck, (sagas) => sagas === wanted, {
    withinMs: STUCK_WITHIN_MS,
    everyMs: 500,
    what: 'the incidents',
  });
  const { items } = (await (await get('/v1/sagas?stuck=true&limit=1')).json()) as {
    items: ReadonlyArray<{ sagaId: string }>;
  };
  return items[0]?.sagaId ?? '';
}
