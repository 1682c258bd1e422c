/**
 * The brakes in force, read once a second by each process that heeds them: what is set or released counts within two seconds. One that
 * is being released holds newcomers too, behind those that it holds already, so that its rate is that of all of them. While they cannot
 * be read the last ones count, for without the database no saga moves and none is accepted either.
 */
import type { Brakes } from '#engine/step/brakes.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import { repeat } from '#platform/process/repeat.ts';
import { INTAKE } from './brake-store.ts';

const EVERY_MS = 1_000;

export interface BrakesInForce {
  /** By the type of the command that each holds; of two on one command the one that was set last. */
  readonly commands: Brakes;
  /** Whether new sagas are refused. */
  readonly stopsIntake: boolean;
  /** Resolves once they were read: an engine moves nothing before. */
  readonly known: Promise<void>;
  /** Reads them now. */
  read(): Promise<void>;
  close(): Promise<void>;
}

/** Begins to read. */
export function watchBrakes(db: Database, log: Logger): BrakesInForce {
  let commands: Brakes = new Map();
  let stopsIntake = false;
  const read = async () => {
    const rows = await db.query<{ id: string; holds: string }>(
      'SELECT id::text, holds FROM orchestrator.brakes WHERE opened_at IS NULL ORDER BY set_at, id',
    );
    stopsIntake = rows.some(({ holds }) => holds === INTAKE);
    commands = new Map(rows.filter(({ holds }) => holds !== INTAKE).map(({ id, holds }) => [holds, id]));
  };
  const known = retryForever(read, () => true, log, 'reading the brakes');
  // Whoever needs it awaits it; it rejects for nobody else.
  known.catch(() => {});
  const reading = repeat(read, { everyMs: EVERY_MS, log, failed: 'brakes-not-read', restsFirst: true });
  return {
    get commands() {
      return commands;
    },
    get stopsIntake() {
      return stopsIntake;
    },
    known,
    read,
    close: reading.close,
  };
}
