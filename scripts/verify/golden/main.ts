/**
 * `npm run golden`: records the histories that the tests replay, from real runs of the API, the engine, Kafka and
 * PostgreSQL, with participants that follow each story. Run it after an intended change of a saga.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHistories } from '#orchestrator/store/history-store.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { root } from '#scripts/run/stack/places.ts';
import { runMain } from '#scripts/run/stack/problem.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { say } from '#scripts/run/terminal.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { openShop, type Shop } from '../e2e/shop.ts';
import { historyText } from './history-file.ts';
import { playParticipants } from './participants.ts';
import { type Deed, STORIES, type Story } from './stories.ts';

const FOLDER = join(root, 'orchestrator/sagas/order/golden');
/** Short, so that an unknown outcome is soon decided. */
const STEP_TIMEOUT_MS = 3_000;
const STORY_WITHIN_MS = 120_000;

interface Shown {
  readonly status: string;
  readonly state: string;
  readonly stuck: boolean;
  readonly revision: number;
  readonly waitsFor: readonly unknown[] | null;
}

const usage =
  'usage: npm run golden   records the histories in orchestrator/sagas/order/golden/ from real runs';

await runMain(async () => {
  const shop = await openShop('golden', {
    only: ['api', 'engine'],
    environment: { STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) },
    // The stories' participants have no keys.
    environmentFor: { engine: { REPLY_KEYS_FILE: '' } },
  });
  const byName = new Map(STORIES.map((story) => [story.name, story]));
  const players = await playParticipants(shop.system.addresses.kafka, shop.prefix, (sku) => byName.get(sku));
  try {
    await waitUntil(async () => players.assigned(), Boolean, { withinMs: STORY_WITHIN_MS });
    const ids = await Promise.all(STORIES.map((story) => run(shop, story)));
    await record(shop, new Map(ids.map((id, i) => [id, STORIES[i]?.name ?? ''])));
  } finally {
    await players.close();
    await shop.stop();
  }
  return 0;
}, usage);

/** Places a story's order, performs its people's actions, and waits until it has settled. */
async function run(shop: Shop, story: Story): Promise<string> {
  const id = await shop.place({
    customerId: 'customer',
    sku: story.name,
    ...(story.coupon && { couponId: 'WELCOME' }),
  });
  const show = () => shop.get<Shown>(`/v1/sagas/${id}`);
  for (const deed of story.deeds ?? []) {
    const seen = await waitUntil(show, ({ state, stuck }) => state === deed.at && (!deed.stuck || stuck), {
      withinMs: STORY_WITHIN_MS,
    });
    await act(shop, id, deed, seen.revision);
  }
  await waitUntil(
    show,
    ({ status, stuck, waitsFor }) => status === story.ends && !stuck && waitsFor?.length === 0,
    { withinMs: STORY_WITHIN_MS },
  );
  say(`${story.name}: ${story.ends}`);
  return id;
}

async function act(shop: Shop, id: string, { does }: Deed, revision: number): Promise<void> {
  const path = does === 'cancel' ? `/v1/orders/${id}/cancel` : `/v1/sagas/${id}/actions`;
  const body = { reason: 'by the story', ...(does !== 'cancel' && { action: does }) };
  const service = `Bearer ${await tokenFor(roleHolder('service'), 'test')}`;
  const answer = await shop.post(path, body, {
    'if-match': `"${revision}"`,
    // A cancel is the shop's, in its customer's name.
    ...(does === 'cancel' && { authorization: service }),
  });
  if (!answer.ok) throw new Error(`${does} ${id}: ${answer.status} ${await answer.text()}`);
}

/** Writes one file a story. */
async function record(shop: Shop, names: ReadonlyMap<string, string>): Promise<void> {
  const db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'golden' });
  try {
    const histories = await readHistories(db, { after: uuidv7Floor(0), definition: null, limit: names.size });
    mkdirSync(FOLDER, { recursive: true });
    for (const history of histories) {
      const name = names.get(history.birth.id);
      if (name !== undefined) writeFileSync(join(FOLDER, `${name}.jsonl`), historyText(history));
    }
    say(`${histories.length} histories in ${FOLDER}`);
  } finally {
    await db.close();
  }
}
