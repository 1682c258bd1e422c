/** Reports that this engine lives, which definitions it supports and what it counts; refuses to start a build that lacks one in use. */
import type { Throughput } from '#engine/throughput.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import { Gauge, registry } from '#platform/process/metrics.ts';
import { repeat } from '#platform/process/repeat.ts';
import { activeVersions, insertActivation } from './activations.ts';
import { isKnown, liveEngines, liveSagas, lockVersions, type Version } from './engines.ts';

const registers = [registry];
const definitionKnown = new Gauge({
  name: 'saga_definition_known',
  help: '1 for each definition version this engine supports',
  labelNames: ['definition', 'version'] as const,
  registers,
});
const definitionActive = new Gauge({
  name: 'saga_definition_active_version',
  help: 'The version under which new sagas start',
  labelNames: ['definition'] as const,
  registers,
});

const REPORT_EVERY_MS = 5_000;
/** An engine that crashed leaves its report behind: any other engine deletes it after a day. */
const FORGET_MS = 86_400_000;
/** An engine that has ended leaves what it counted: a request goes back an hour at the most. */
const KEEP_COUNTS_MS = 7_200_000;

/** An engine that reports itself. */
export interface Alive {
  /** Why this build is outdated, in a sentence; null while it supports every version in use. */
  outdated(): string | null;
  /** Stops reporting, and deletes this engine's report; one that counts leaves its counts for two hours. */
  close(): Promise<void>;
}

/**
 * Reports this engine now and every five seconds, and activates the newest version of a definition without an active
 * one. An operator activates a newer one, once every live engine supports it.
 * @param engineId unique to this process: a predecessor's report must not count as its own
 * @throws Error when this build lacks an active version, or one with active sagas: it must not start
 */
export async function reportAlive(
  db: Database,
  engineId: string,
  definitions: readonly Version[],
  now: () => number,
  log: Logger,
  throughput?: Pick<Throughput, 'counts'>,
): Promise<Alive> {
  let outdated: string | null = null;
  const countsSoFar = () => (throughput === undefined ? null : JSON.stringify(throughput.counts(now())));
  let reported: string | null = null;
  const known = definitions.map(({ name, version }) => ({ name, version }));
  for (const { name, version } of known) definitionKnown.set({ definition: name, version }, 1);
  await db.transaction(async (sql) => {
    await lockVersions(sql);
    const lacking = await lackingOf(sql, known);
    if (lacking.length > 0) throw new Error(`this build ${lacking.join('; and it ')}`);
    await report(sql, engineId, known, countsSoFar(), new Date(now()));
    await activateFirst(sql, known, now());
  });
  const beat = async () => {
    const counted = countsSoFar();
    await report(db, engineId, known, counted === reported ? null : counted, new Date(now()));
    reported = counted;
    const active = await activeVersions(db);
    for (const [name, version] of active) definitionActive.set({ definition: name }, version);
    const unknown = [...active].filter(([name, version]) => !isKnown(known, name, version));
    outdated = unknown.length === 0 ? null : `this build ${unknown.map(lacksActive).join('; and it ')}`;
  };
  const beating = repeat(beat, {
    everyMs: REPORT_EVERY_MS,
    log,
    failed: 'engine-not-reported',
    restsFirst: true,
  });
  return {
    outdated: () => outdated,
    async close() {
      // A report under way would come after the deletion, and show an engine that has ended.
      await beating.close();
      if (throughput === undefined)
        return void (await db.execute('DELETE FROM orchestrator.engines WHERE id = $1', engineId));
      await db.execute(
        'UPDATE orchestrator.engines SET counted = $2::json, ended_at = $3::timestamptz WHERE id = $1',
        engineId,
        countsSoFar(),
        new Date(now()),
      );
    },
  };
}

/** The versions in use that a build lacks, each as the end of a sentence. */
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

/** @param counted null: as it was reported before */
async function report(
  sql: Sql,
  id: string,
  known: readonly Version[],
  counted: string | null,
  now: Date,
): Promise<void> {
  await sql.execute(
    `INSERT INTO orchestrator.engines AS e (id, definitions, seen_at, counted) VALUES ($1, $2::json, $3::timestamptz, $4::json)
     ON CONFLICT (id) DO UPDATE SET definitions = EXCLUDED.definitions, seen_at = EXCLUDED.seen_at,
       counted = COALESCE(EXCLUDED.counted, e.counted)`,
    id,
    JSON.stringify(known),
    now,
    counted,
  );
  await sql.execute(
    'DELETE FROM orchestrator.engines WHERE seen_at < $1::timestamptz OR ended_at < $2::timestamptz',
    new Date(now.getTime() - FORGET_MS),
    new Date(now.getTime() - KEEP_COUNTS_MS),
  );
}

/** Activates, of a definition without an active version, the newest that every live engine supports. */
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
