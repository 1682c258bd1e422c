/** The stores on PostgreSQL as a bench: a migrated database of its own, dropped at the end. */

import type { SweepState } from '#engine/sweep-state.ts';
import { isDataFault } from '#platform/postgres/database.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { engineStore } from '../engine-store.ts';
import { sweepStore } from '../sweep-store.ts';
import { PARTITIONED } from '../tables.ts';
import type { Bench } from './bench.ts';

export interface PostgresBench extends Bench {
  readonly database: TestDatabase;
}

const INSERT_SAGA = `
INSERT INTO orchestrator.sagas (id, definition, definition_version, partition, customer_id, input, created_at, version,
  revision, state, status, context, pending, paused, state_since, journal_salt, due_at)
SELECT r.id, r.definition, r."definitionVersion", r.partition, r."customerId", r.input, r."createdAt", r.version,
  r.revision, r.state, r.status, r.context, r.pending, r.paused, r."stateSince", r."journalSalt", $2::timestamptz
  FROM json_to_record($1::json) AS r(id uuid, definition text, "definitionVersion" int, partition int,
    "customerId" text, input json, "createdAt" timestamptz, version int, revision int, state text, status text,
    context json, pending json, paused boolean, "stateSince" timestamptz, "journalSalt" uuid)`;

const INSERT_ACTION = `
INSERT INTO orchestrator.actions (id, seq, saga_id, action, revision, actor, role, reason, params, created_at,
  previous_hash, hash, due_at)
SELECT $1::uuid, COALESCE((SELECT max(seq) FROM orchestrator.actions), 0) + 1, $2::uuid, $3, $4::int, $5, 'operator', $6,
  $7::json, to_timestamp(0), '', '', $8::timestamptz`;

export async function postgresBench(): Promise<PostgresBench> {
  const database = await openTestDatabase();
  const { db } = database;
  await ensurePartitions(db, PARTITIONED, Date.now());
  return {
    database,
    store: engineStore(db),
    sweep: sweepStore(db),
    isDataFault,

    async insertSaga(row, dueAt) {
      await db.execute(INSERT_SAGA, JSON.stringify(row), dueAt);
    },

    async insertAction(sagaId, { actionId, action, revision, actor, reason, params }, dueAt) {
      const given = JSON.stringify(params ?? {});
      await db.execute(INSERT_ACTION, actionId, sagaId, action, revision, actor, reason, given, dueAt);
    },

    async sweeping(sagaId) {
      const text =
        'SELECT due_at AS "dueAt", sweep_state AS "sweepState", checks FROM orchestrator.sagas WHERE id = $1::uuid';
      const [found] = await db.query<{ dueAt: Date | null; sweepState: SweepState; checks: number }>(
        text,
        sagaId,
      );
      if (found === undefined) throw new Error(`there is no saga ${sagaId}`);
      return found;
    },

    async journalled(sagaId) {
      const text = 'SELECT message_id FROM orchestrator.journal WHERE saga_id = $1::uuid ORDER BY version';
      return (await db.query<{ message_id: string }>(text, sagaId)).map(({ message_id }) => message_id);
    },

    unmatched: (sagaId) =>
      db.query(
        'SELECT message_id AS "messageId", reason, count FROM orchestrator.unmatched WHERE saga_id = $1::uuid',
        sagaId,
      ),

    async action(id) {
      const text = 'SELECT state, detail FROM orchestrator.actions WHERE id = $1::uuid';
      const [found] = await db.query<{ state: string; detail: string | null }>(text, id);
      return found ?? { state: 'unknown', detail: null };
    },

    close: () => database.close(),
  };
}
