/** Engines report that they live and which definitions they know; new sagas begin under the newest activated version. */
import { messageOf } from '../../participants/wire/errors.ts';
import type { Logger } from '../../participants/wire/log.ts';
import type { Database } from '../../participants/wire/postgres.ts';
import type { SagaDefinition } from '../engine/define.ts';

const REPORT_EVERY_MS = 5_000;

/**
 * Reports this engine now and every five seconds, and activates the first version of a definition nobody activated yet.
 * A newer version is activated by a person, once every live engine knows it.
 */
export async function reportAlive(
  db: Database,
  engineId: string,
  definitions: readonly SagaDefinition[],
  now: () => number,
  log: Logger,
): Promise<{ close: () => void }> {
  const known = JSON.stringify(definitions.map(({ name, version }) => ({ name, version })));
  const report = () =>
    db.execute(
      `INSERT INTO orchestrator.engines (id, definitions, seen_at) VALUES ($1, $2::json, $3::timestamptz)
       ON CONFLICT (id) DO UPDATE SET definitions = EXCLUDED.definitions, seen_at = EXCLUDED.seen_at`,
      engineId,
      known,
      new Date(now()),
    );
  await report();
  for (const { name, version } of definitions) {
    await db.execute(
      `INSERT INTO orchestrator.activations (definition, version, activated_at, activated_by)
       SELECT $1, $2::int, $3::timestamptz, 'set-up'
        WHERE NOT EXISTS (SELECT FROM orchestrator.activations WHERE definition = $1) ON CONFLICT DO NOTHING`,
      name,
      version,
      new Date(now()),
    );
  }
  const timer = setInterval(() => {
    report().catch((error) => log.throttled('alive', 'could not report', { error: messageOf(error) }));
  }, REPORT_EVERY_MS);
  return { close: () => clearInterval(timer) };
}

/** The version new sagas of a definition begin under; null before any engine has started. */
export async function activeVersion(db: Database, definition: string): Promise<number | null> {
  const [row] = await db.query<{ version: number }>(
    'SELECT version FROM orchestrator.activations WHERE definition = $1 ORDER BY activated_at DESC, version DESC LIMIT 1',
    definition,
  );
  return row?.version ?? null;
}
