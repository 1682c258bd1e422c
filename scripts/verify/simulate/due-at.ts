/**
 * Checks during a run that the engine only lowers `due_at`: raising it would delay a check that another writer had
 * scheduled earlier.
 */
import type { Store } from '#engine/ports.ts';
import type { MemoryStore } from '#orchestrator/store/testing/memory-store.ts';

/** Wraps the store and reports every saga whose `due_at` the engine raises. */
export function raisesNothing(engine: MemoryStore, raised: string[]): Store {
  const { sagas } = engine.tables;
  const watched =
    <Args extends unknown[], T>(
      ids: (...args: Args) => readonly string[],
      write: (...args: Args) => Promise<T>,
    ) =>
    async (...args: Args): Promise<T> => {
      const before = ids(...args).map((id) => [id, sagas.get(id)?.dueAt ?? null] as const);
      const result = await write(...args);
      for (const [id, was] of before) {
        const is = sagas.get(id)?.dueAt ?? null;
        if (was !== null && is !== null && is > was) raised.push(raisedLine(id));
      }
      return result;
    };
  return {
    ...engine,
    write: watched(({ moves }) => moves.map(({ before }) => before.id), engine.write),
    raiseIncident: watched((id) => [id], engine.raiseIncident),
  };
}

const raisedLine = (id: string) => `due_at: ${id}: the engine raised it`;

/**
 * The same check on PostgreSQL, by a trigger of the simulation's own: an update that raises the version is the
 * engine's.
 */
export const RAISED_DDL = `
CREATE SCHEMA simulation;
CREATE TABLE simulation.raised (id uuid PRIMARY KEY);
CREATE FUNCTION simulation.note_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO simulation.raised VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NEW; END $$;
CREATE TRIGGER note_raised BEFORE UPDATE ON orchestrator.sagas FOR EACH ROW
  WHEN (NEW.version > OLD.version AND NEW.due_at > OLD.due_at) EXECUTE FUNCTION simulation.note_raised()`;

export const READ_RAISED = `SELECT 'due_at: ' || id || ': the engine raised it' AS what FROM simulation.raised`;
