/** A database of the build before the words migration, with live sagas in every state, migrates and runs to its end. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import pg from 'pg';
import { INBOXES } from '#auditor/invariants/inboxes.ts';
import { OWNER } from '#participants/access/access.ts';
import { CONTRACTS } from '#participants/registry.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { ensureDatabase } from '#scripts/run/stack/database.ts';
import { root } from '#scripts/run/stack/places.ts';
import { postgresUrl } from '#scripts/run/stack/postgres.ts';
import { databaseSecurityOf, isSecure } from '#scripts/run/stack/secure/connections.ts';
import { prepareRoles, urlFor } from '#scripts/run/stack/secure/permissions.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { foldersOf } from '#scripts/run/system/system-plan.ts';
import { migrateOn } from '#scripts/run/system.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { loadOldDatabase, migrateAsBefore } from './fixtures/load-old-database.ts';
import { publishAll } from './kafka.ts';
import { openShop, type Shop } from './shop.ts';

const STACK = 'test';
const NAME = 'upgrade';
const LEDGER = join(import.meta.dirname, 'fixtures/old-gateway-ledger.jsonl.gz');
/** Every migration that the build before lacks, in their order. */
const NEW_MIGRATIONS = readdirSync(join(root, 'prisma/migrations'))
  .filter((name) => /^\d/.test(name) && name >= '20261128000001_words')
  .sort();
const ENDED_WITHIN_MS = 120_000;
/** The first seconds show which sagas go on by themselves; afterwards an operator acts, on a saga once in so many ms. */
const ACT_AFTER_MS = 10_000;
const ACT_EVERY_MS = 6_000;
/** How often the operator retries an undo that its participant refuses, before skipping it on evidence. */
const RETRIES = 1;
/** Tables that had no partitions before. */
const NOW_BY_MONTH = [
  'inventory.reservations',
  'inventory.movements',
  'shipping.shipments',
  'notification.mails',
];
/** Old words in every document that the new build reads. */
const OLD_WORDS = String.raw`"(arming|armings|trouble)":|\.void(ed|Refused)?["#/]|"(kind|found)":"void"|"mark":`;

interface Listed {
  readonly sagaId: string;
  readonly state: string;
  readonly status: string;
  readonly stuck: boolean;
  readonly stalled: boolean;
  readonly paused: boolean;
  readonly incident?: { readonly code: string };
}

describe('a database of the build before', function () {
  this.timeout(300_000);
  let client: pg.Client;
  let shop: Shop;
  let url: string;
  before(async () => {
    const stack = await stackUp({ name: STACK });
    url = postgresUrl(Number(new URL(stack.postgres).port), `${NAME}_${process.pid}`);
    await ensureDatabase(url);
    client = new pg.Client(connectionTo(url));
    await client.connect();
    const owner = await openAsOwner();
    await migrateAsBefore(owner, join(root, 'prisma/migrations'));
    await loadOldDatabase(owner);
    await owner.end();
  });
  after(async () => {
    await shop?.stop();
    await client?.end();
  });

  /** The role that migrates: on a secured stack it is neither the administrator nor a process. */
  async function openAsOwner(): Promise<pg.Client> {
    const isSecured = isSecure(STACK);
    if (isSecured) await prepareRoles(STACK, url);
    const address = isSecured ? urlFor(url, OWNER) : url;
    const owner = new pg.Client(connectionTo(address, databaseSecurityOf(STACK, OWNER)));
    await owner.connect();
    return owner;
  }

  it('migrates with live sagas in it, and keeps no old word', async () => {
    const live = await liveByState(client);
    expect([...live.keys()]).to.have.length(10);
    const { rows: before } = await client.query('SELECT count(*)::int AS count FROM orchestrator.strays');
    const rows = await rowsOf(client, NOW_BY_MONTH);
    for (const [table, count] of rows.slice(0, 4)) expect(count, table).to.be.above(10);
    expect(await migrateOn(STACK, url)).to.deep.equal(NEW_MIGRATIONS);
    expect(await liveByState(client)).to.deep.equal(live);
    const { rows: after } = await client.query('SELECT count(*)::int AS count FROM orchestrator.unmatched');
    expect(after).to.deep.equal(before);
    expect(await rowsOf(client, NOW_BY_MONTH)).to.deep.equal(rows);
    const { rows: divided } = await client.query(
      'SELECT partrelid::regclass::text AS name FROM pg_partitioned_table',
    );
    expect(divided.map(({ name }) => name)).to.include.members(NOW_BY_MONTH);
    for (const [table, document] of [
      ['orchestrator.sagas', `concat(s.pending, s.context, s.last_failure, s.sweep_state)`],
      ['orchestrator.journal', `concat(s.message_id, s.type, s.message, s.change, s."out")`],
      ['orchestrator.unmatched', `concat(s.message_id, s.type, s.reason, s.message)`],
      ...['inventory', 'payment', 'shipping', 'coupon'].map(
        (schema) => [`${schema}.inbox`, `concat(s.command_id, s.type, s.reply)`] as const,
      ),
      ['payment.undos', `concat(s.command_id, s.type, s.names)`],
    ] as const) {
      const { rows } = await client.query(
        `SELECT ${document} AS document FROM ${table} s WHERE ${document} ~ $1 LIMIT 1`,
        [OLD_WORDS],
      );
      expect(rows, table).to.deep.equal([]);
    }
  });

  it('runs to its end under this build, and the ledger holds', async () => {
    // The rows come from another cluster: its offsets mean nothing on these topics.
    await client.query(`UPDATE orchestrator.sagas SET sweep_state = '{}'`);
    await client.query('DELETE FROM coupon.checkpoints');
    const { gateway } = foldersOf(STACK, `${NAME}_${process.pid}.`);
    writeFileSync(join(gateway, 'ledger.jsonl'), gunzipSync(readFileSync(LEDGER)));
    shop = await openShop(NAME, { environment: { STEP_TIMEOUT_MS: '5000' } });
    await publishAll(shop.system.addresses.kafka, shop.prefix, await unreadCommands(client));
    const acted = new Map<string, { atMs: number; retries: number }>();
    const startedAt = Date.now();
    await waitUntil(
      async () => {
        const live = await liveSagas(shop);
        if (Date.now() > startedAt + ACT_AFTER_MS)
          for (const saga of live) {
            const { atMs, retries } = acted.get(saga.sagaId) ?? { atMs: 0, retries: 0 };
            if (Date.now() < atMs + ACT_EVERY_MS) continue;
            acted.set(saga.sagaId, { atMs: Date.now(), retries: retries + 1 });
            await actOn(shop, saga, retries);
          }
        return live;
      },
      (live) => live.length === 0,
      { withinMs: ENDED_WITHIN_MS, everyMs: 1_000, what: 'the end of every saga' },
    );
    const results = await waitUntil(
      () =>
        verifyLedger({
          databaseUrl: url,
          gatewayUrl: shop.system.urls['gateway'] ?? '',
          gatewayKey: 'sk_test_local',
        }),
      (some) => some.every(({ violations }) => violations === 0),
      { everyMs: 2_000, what: 'a ledger without violations' },
    );
    expect(results.length).to.be.above(10);
  });
});

/** The rows of each table. */
async function rowsOf(client: pg.Client, tables: readonly string[]): Promise<Array<[string, number]>> {
  const counts: Array<[string, number]> = [];
  for (const table of tables) {
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    counts.push([table, rows[0]?.count ?? 0]);
  }
  return counts;
}

/** The commands that the old participants had not read when they stopped: their topics stayed behind. */
async function unreadCommands(client: pg.Client): Promise<OutMessage[]> {
  const { rows } = await client.query<{ topic: string; event: { id: string; subject: string } }>(
    `SELECT m.value ->> 'topic' AS topic, m.value -> 'event' AS event
       FROM orchestrator.journal j, json_array_elements(j."out") m
      WHERE m.value ->> 'topic' = ANY ($1::text[])
        AND NOT EXISTS (SELECT FROM (${INBOXES}) i WHERE i.command_id = m.value -> 'event' ->> 'id')`,
    [CONTRACTS.map(({ channel }) => channel)],
  );
  return rows.map(({ topic, event }) => ({ topic, key: event.subject, value: JSON.stringify(event) }));
}

/** The number of sagas that are not over, by state. */
async function liveByState(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ state: string; count: number }>(
    `SELECT state, count(*)::int AS count FROM orchestrator.sagas
      WHERE status IN ('running', 'compensating') GROUP BY state ORDER BY state`,
  );
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** The sagas that have not ended, are stuck, or are paused. */
async function liveSagas(shop: Shop): Promise<Listed[]> {
  const found: Listed[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: Listed[]; nextCursor: string | null } = await shop.get(
      `/v1/sagas?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found.filter(
    ({ status, stuck, paused }) => status === 'running' || status === 'compensating' || stuck || paused,
  );
}

/** An operator's action: resumes what is paused, retries what is stuck, compensates what is stalled; skips a hopeless undo. */
async function actOn(shop: Shop, { sagaId, paused, stuck, stalled, incident }: Listed, retries: number) {
  const isHopeless = incident?.code === 'undo-refused' && retries >= RETRIES;
  const verb = paused ? 'resume' : isHopeless ? 'skip' : stuck ? 'retry' : stalled ? 'compensate' : null;
  if (verb === null) return;
  const evidence = verb === 'skip' ? { evidence: 'refunded by hand', result: {} } : {};
  const { revision } = await shop.get<{ revision: number }>(`/v1/sagas/${sagaId}`);
  await shop.post(
    `/v1/sagas/${sagaId}/actions`,
    { action: verb, reason: 'after the upgrade', ...evidence },
    { 'if-match': `"${revision}"` },
  );
}
