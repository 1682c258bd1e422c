/** Engines report that they live and which definitions they know, and none starts that lacks a version it may meet. */

import type { SagaDefinition } from '#engine/definition/definition.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import { definitionActive, definitionKnown } from '#platform/process/metrics.ts';
import { messageOf } from '#protocol/errors.ts';
import { activeVersions, insertActivation } from './activations.ts';

const REPORT_EVERY_MS = 5_000;
/** An engine not heard of for this long is no longer counted: it has ended, or its partitions are another's. */
export const LIVE_MS = 30_000;
/** Reports of engines that ended without saying so are swept away after a day. */
const FORGET_MS = 86_400_000;
/** Any number, the same for all: starting engines and activations take turns, so neither misses the other. */
const VERSIONS_LOCK = 7_310_403;

/** A name and a version. */
export type Version = Pick<SagaDefinition, 'name' | 'version'>;

/** What an engine said of itself. */
export interface EngineReport {
  readonly id: string;
  readonly definitions: readonly Version[];
  readonly seenAt: Date;
}

/** This engine among the others. */
export interface Alive {
  /** Why this engine is of an outdated build, in a sentence; null when it knows all it may meet. */
  outdated(): string | null;
  /** Stops reporting, and says that this engine has ended. */
  close(): Promise<void>;
}

/**
 * Reports this engine now and every five seconds, and activates the newest version of a definition that nobody has
 * activated yet. A newer one is activated by a person, once every live engine knows it.
 * @param engineId names this process and no other, so that a predecessor's report is not taken for its own
 * @throws Error when an active version, or one with live sagas, is unknown to this build: it must not start
 */
export async function reportAlive(
  db: Database,
  engineId: string,
  definitions: readonly Version[],
  now: () => number,
  log: Logger,
): Promise<Alive> {
  let outdated: string | null = null;
  const known = definitions.map(({ name, version }) => ({ name, version }));
  for (const { name, version } of known) definitionKnown.set({ definition: name, version }, 1);
  await db.transaction(async (sql) => {
    await lockVersions(sql);
    const lacking = await lackingOf(sql, known);
    if (lacking.length > 0) throw new Error(`this build ${lacking.join('; and it ')}`);
    await report(sql, engineId, known, new Date(now()));
    await activateFirst(sql, known, now());
  });
  const beat = async () => {
    await report(db, engineId, known, new Date(now()));
    const active = await activeVersions(db);
    for (const [name, version] of active) definitionActive.set({ definition: name }, version);
    const unknown = [...active].filter(([name, version]) => !isKnown(known, name, version));
    outdated = unknown.length === 0 ? null : `this build ${unknown.map(lacksActive).join('; and it ')}`;
  };
  const timer = setInterval(() => {
    beat().catch((error) => log.throttled('alive', 'could not report', { error: messageOf(error) }));
  }, REPORT_EVERY_MS);
  return {
    outdated: () => outdated,
    async close() {
      clearInterval(timer);
      await db.execute('DELETE FROM orchestrator.engines WHERE id = $1', engineId);
    },
  };
}

/** Until the transaction ends no engine starts and nothing is activated. */
export async function lockVersions(sql: Sql): Promise<void> {
  await sql.query('SELECT pg_advisory_xact_lock($1::bigint)::text', VERSIONS_LOCK);
}

/** The engines heard of lately. */
export function liveEngines(sql: Sql, nowMs: number): Promise<EngineReport[]> {
  return sql.query<EngineReport>(
    `SELECT id, definitions, seen_at AS "seenAt" FROM orchestrator.engines WHERE seen_at > $1::timestamptz ORDER BY id`,
    new Date(nowMs - LIVE_MS),
  );
}

/** How many sagas of each version somebody must still look at. Reads the one index of live sagas. */
export function liveSagas(sql: Sql): Promise<Array<Version & { sagas: number }>> {
  return sql.query(
    `SELECT s.definition AS name, s.definition_version AS version, count(*)::int AS sagas
       FROM orchestrator.sagas s WHERE s.due_at IS NOT NULL
      GROUP BY s.definition, s.definition_version ORDER BY s.definition, s.definition_version`,
  );
}

/** Whether one of several versions is this one. */
export function isKnown(known: readonly Version[], name: string, version: number): boolean {
  return known.some((one) => one.name === name && one.version === version);
}

/** What a build that knows these versions may meet and does not know, each in words. */
async function lackingOf(sql: Sql, known: readonly Version[]): Promise<string[]> {
  const active = [...(await activeVersions(sql))].filter(([name, version]) => !isKnown(known, name, version));
  const live = (await liveSagas(sql)).filter(({ name, version }) => !isKnown(known, name, version));
  return [
    ...active.map(lacksActive),
    ...live.map(
      ({ name, version, sagas }) =>
        `does not know ${name} v${version}, under which ${sagas === 1 ? '1 saga lives' : `${sagas} sagas live`}: let them end, migrate them, or start a build that knows it`,
    ),
  ];
}

function lacksActive([name, version]: readonly [string, number]): string {
  return `does not know ${name} v${version}, which is active: activate a version it knows, or start a build that knows it`;
}

async function report(sql: Sql, id: string, known: readonly Version[], now: Date): Promise<void> {
  await sql.execute(
    `INSERT INTO orchestrator.engines (id, definitions, seen_at) VALUES ($1, $2::json, $3::timestamptz)
     ON CONFLICT (id) DO UPDATE SET definitions = EXCLUDED.definitions, seen_at = EXCLUDED.seen_at`,
    id,
    JSON.stringify(known),
    now,
  );
  await sql.execute(
    'DELETE FROM orchestrator.engines WHERE seen_at < $1::timestamptz',
    new Date(now.getTime() - FORGET_MS),
  );
}

/** At set-up nobody has chosen: the newest version that every engine knows which is there by now. */
async function activateFirst(sql: Sql, known: readonly Version[], nowMs: number): Promise<void> {
  const active = await activeVersions(sql);
  const engines = await liveEngines(sql, nowMs);
  for (const name of new Set(known.map((one) => one.name))) {
    if (active.has(name)) continue;
    const everywhere = known.filter(
      (one) => one.name === name && engines.every((engine) => isKnown(engine.definitions, name, one.version)),
    );
    const newest = Math.max(...everywhere.map(({ version }) => version));
    if (everywhere.length > 0)
      await insertActivation(sql, { name, version: newest, by: 'set-up', reason: '' }, nowMs);
  }
}
