/** The stores on PostgreSQL as a bench: a migrated database of its own, dropped at the end. */

import type { Watch } from '#engine/sweep-state.ts';
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
  revision, state, status, context, tickets, paused, state_since, look_at)
SELECT r.id, r.definition, r."definitionVersion", r.partition, r."customerId", r.input, r."createdAt", r.version,
  r.revision, r.state, r.status, r.context, r.tickets, r.paused, r."stateSince", $2::timestamptz
  FROM json_to_record($1::json) AS r(id uuid, definition text, "definitionVersion" int, partition int,
    "customerId" text, input json, "createdAt" timestamptz, version int, revision int, state text, status text,
    context json, tickets json, paused boolean, "stateSince" timestamptz)`;

const INSERT_ACTION = `
INSERT INTO orchestrator.actions (id, seq, saga_id, action, revision, actor, role, reason, params, created_at,
  previous_hash, hash, look_at)
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

    async insertSaga(row, lookAt) {
      await db.execute(INSERT_SAGA, JSON.stringify(row), lookAt);
    },

    async insertAction(sagaId, { actionId, action, revision, actor, reason, params }, lookAt) {
      const given = JSON.stringify(params ?? {});
      await db.execute(INSERT_ACTION, actionId, sagaId, action, revision, actor, reason, given, lookAt);
    },

    async sweeping(sagaId) {
      const text = 'SELECT look_at AS "lookAt", watch, looks FROM orchestrator.sagas WHERE id = $1::uuid';
      const [found] = await db.query<{ lookAt: Date | null; watch: Watch; looks: number }>(text, sagaId);
      if (found === undefined) throw new Error(`there is no saga ${sagaId}`);
      return found;
    },

    async journalled(sagaId) {
      const text = 'SELECT message_id FROM orchestrator.journal WHERE saga_id = $1::uuid ORDER BY version';
      return (await db.query<{ message_id: string }>(text, sagaId)).map(({ message_id }) => message_id);
    },

    strays: (sagaId) =>
      db.query(
        'SELECT message_id AS "messageId", reason, count FROM orchestrator.strays WHERE saga_id = $1::uuid',
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
