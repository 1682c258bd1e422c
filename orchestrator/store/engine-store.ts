/** The engine's store on PostgreSQL: one read and one write a batch. */

import type { Store, Unmatched, Writing } from '#engine/ports.ts';
import type { Change, Sent } from '#engine/saga.ts';
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { Origin } from '#protocol/envelope.ts';
import { isKnown, liveEngines } from './engines.ts';
import { by } from './order.ts';
import { readCommands } from './read-commands.ts';
import { type RawSaga, SAGA_COLUMNS, toSagaRow, UNMATCHED_PER_SAGA } from './tables.ts';

const SAGAS = columns({
  id: 'uuid',
  fromVersion: 'int4',
  version: 'int4',
  revision: 'int4',
  state: 'text',
  status: 'text',
  context: 'json',
  pending: 'json',
  stuck: 'json',
  lastFailure: 'json',
  paused: 'bool',
  stateSince: 'timestamptz',
  endedAt: 'timestamptz',
  dueAt: 'timestamptz',
  definitionVersion: 'int4',
  journalHash: 'bytea',
});
const KEYS = columns({ sagaId: 'uuid', messageId: 'text' });
const UNMATCHED = columns({
  sagaId: 'uuid',
  messageId: 'text',
  type: 'text',
  reason: 'text',
  message: 'json',
});
const ENTRIES = columns({
  sagaId: 'uuid',
  messageId: 'text',
  version: 'int4',
  at: 'timestamptz',
  type: 'text',
  fromState: 'text',
  toState: 'text',
  message: 'jsontext',
  change: 'jsontext',
  out: 'jsontext',
  originTopic: 'text',
  originPartition: 'int4',
  originOffset: 'int8',
  hash: 'bytea',
});
const OUTCOMES = columns({
  actionId: 'uuid',
  sagaId: 'uuid',
  state: 'text',
  detail: 'text',
  at: 'timestamptz',
  moves: 'bool',
  planHash: 'text',
});

const READ_SAGAS = `SELECT ${SAGA_COLUMNS} FROM orchestrator.sagas s WHERE s.id = ANY($1::uuid[])`;
const READ_JOURNAL = `
SELECT j.saga_id::text, j.message_id, j.change, j.out, j.origin_topic, j.origin_partition, j.origin_offset::text
  FROM ${KEYS.from('k')}
  JOIN orchestrator.journal j ON ${probe('j.saga_id', 'k."sagaId"')} AND j.message_id = k."messageId"`;

/**
 * Rows move where the fence holds; the journal is fed from what the UPDATE returns, never beside it. `due_at` is only
 * ever lowered here (LEAST); the last transition clears it. Rows are found by primary key alone: a range over the ids of
 * a batch reads the whole table once an old saga and a new one share it.
 * Filters on `ended_at` on purpose: `state = 'waiting'` would match a partial index, and the planner would scan every
 * waiting action on each batch.
 */
const WRITE = `
WITH u AS (UPDATE orchestrator.sagas s SET
    version = v.version, revision = v.revision, state = v.state, status = v.status, context = v.context,
    pending = v.pending, stuck = v.stuck, last_failure = v."lastFailure", paused = v.paused, state_since = v."stateSince",
    ended_at = v."endedAt", definition_version = v."definitionVersion", journal_hash = v."journalHash",
    due_at = CASE WHEN v."dueAt" IS NULL THEN NULL ELSE LEAST(s.due_at, v."dueAt") END
  FROM ${SAGAS.from('v')} WHERE ${probe('s.id', 'v.id')} AND s.version = v."fromVersion"
  RETURNING s.id),
j AS (INSERT INTO orchestrator.journal (saga_id, message_id, version, at, type, from_state, to_state, message, change,
    out, origin_topic, origin_partition, origin_offset, hash)
  SELECT e."sagaId", e."messageId", e.version, e.at, e.type, e."fromState", e."toState", e.message, e.change, e.out,
    e."originTopic", e."originPartition", e."originOffset", e.hash
  FROM ${ENTRIES.from('e', 17)}
  WHERE (e."sagaId" IN (SELECT id FROM u)) IS TRUE),
a AS (UPDATE orchestrator.actions x SET state = o.state, detail = o.detail, ended_at = o.at, due_at = NULL,
    applied_plan_hash = o."planHash"
  FROM ${OUTCOMES.from('o', 31)}
  WHERE ${probe('x.id', 'o."actionId"')} AND x.ended_at IS NULL AND (NOT o.moves OR EXISTS (SELECT FROM u WHERE u.id = o."sagaId")))
SELECT id::text FROM u`;

/** The engine's store. */
export function engineStore(db: Database): Store {
  return {
    async readSagas(ids) {
      const found = await db.query<RawSaga>(inMonth(db, ids, READ_SAGAS), ids);
      return new Map(found.map((raw) => [raw.id, toSagaRow(raw)]));
    },

    async readJournal(keys) {
      if (keys.length === 0) return [];
      const found = await db.query<
        { saga_id: string; message_id: string; change: Change; out: Sent[] } & RawOrigin
      >(
        inMonth(
          db,
          keys.map(({ sagaId }) => sagaId),
          READ_JOURNAL,
        ),
        ...KEYS.values(keys),
      );
      return found.map(({ saga_id, message_id, change, out, ...raw }) => ({
        sagaId: saga_id,
        messageId: message_id,
        change,
        out,
        origin: toOrigin(raw),
      }));
    },

    async write(writing) {
      if (writing.moves.length === 0 && writing.outcomes.length === 0) return new Set();
      const ids = writing.moves.map(({ before }) => before.id);
      const moved = await db.query<{ id: string }>(inMonth(db, ids, WRITE), ...parameters(writing));
      return new Set(moved.map((row) => row.id));
    },

    async recordUnmatched(unmatched, now) {
      await db.execute(
        RECORD_UNMATCHED,
        now,
        UNMATCHED_PER_SAGA,
        ...UNMATCHED.values(
          unique(unmatched)
            .map(unmatchedRow)
            .sort(by(({ sagaId, messageId }) => `${sagaId} ${messageId}`)),
        ),
      );
    },

    readCommands: (commands) => readCommands(db, commands),

    async enginesKnowing(definition, version, now) {
      const engines = await liveEngines(db, now.getTime());
      return engines
        .filter(({ definitions }) => isKnown(definitions, definition, version))
        .map(({ id }) => id);
    },

    async raiseIncident(sagaId, { at, text, ...incident }, now) {
      const stuck = JSON.stringify({ since: now.toISOString(), ...incident, text: text.slice(0, 1000) });
      await db.execute(RAISE_INCIDENT, sagaId, stuck, now, at);
    },
  };
}

/** The parameters of `WRITE`. Rows are locked in the order of their ids, so that no two writers deadlock. */
function parameters({ moves, outcomes }: Writing): Buffer[] {
  const sagas = [...moves].sort(by(({ before }) => before.id)).map(({ before, after, dueAt }) => ({
    id: after.id,
    fromVersion: before.version,
    version: after.version,
    revision: after.revision,
    state: after.state,
    status: after.status,
    context: after.context,
    pending: after.pending,
    stuck: after.stuck,
    lastFailure: after.lastFailure,
    paused: after.paused,
    stateSince: after.stateSince,
    endedAt: after.endedAt,
    dueAt,
    definitionVersion: after.definitionVersion,
    journalHash: after.journalHash,
  }));
  const entries = moves.flatMap((move) =>
    move.entries.map(({ origin, texts, ...entry }) => ({
      ...entry,
      ...texts,
      originTopic: origin.topic,
      originPartition: origin.partition,
      originOffset: origin.offset,
    })),
  );
  const moving = new Set(moves.map((move) => move.before.id));
  const done = [...outcomes].sort(by(({ actionId }) => actionId)).map((outcome) => ({
    ...outcome,
    moves: moving.has(outcome.sagaId),
    planHash: outcome.planHash ?? null,
  }));
  return [...SAGAS.values(sagas), ...ENTRIES.values(entries), ...OUTCOMES.values(done)];
}

/**
 * Keeps version 0, which identifies a saga without a first message; the start clears the incident. Gives an ended saga
 * a `due_at` again, since operators find incidents among the sagas that have one.
 */
const RAISE_INCIDENT = `
UPDATE orchestrator.sagas SET stuck = COALESCE(stuck, $2::json), due_at = LEAST(due_at, $3::timestamptz),
  version = CASE WHEN version = 0 OR $4::int IS NOT NULL THEN version ELSE version + 1 END
 WHERE id = $1::uuid AND ($4::int IS NULL OR version = $4::int)`;

/** Records only messages of existing sagas: unknown ids are unbounded and may lack a table partition. Counts repeats. */
const RECORD_UNMATCHED = `
INSERT INTO orchestrator.unmatched (saga_id, message_id, type, reason, message, first_at, last_at)
SELECT s."sagaId", s."messageId", s.type, s.reason, s.message, $1::timestamptz, $1::timestamptz
  FROM (SELECT *, row_number() OVER (PARTITION BY "sagaId") AS nth FROM ${UNMATCHED.from('t', 3)}) s
 WHERE EXISTS (SELECT FROM orchestrator.sagas g WHERE ${probe('g.id', 's."sagaId"')})
   AND (s.nth + (SELECT count(*) FROM orchestrator.unmatched o WHERE o.saga_id = s."sagaId") <= $2::int
     OR EXISTS (SELECT FROM orchestrator.unmatched o WHERE o.saga_id = s."sagaId" AND o.message_id = s."messageId"))
ON CONFLICT (saga_id, message_id) DO UPDATE SET
  count = unmatched.count + 1, last_at = EXCLUDED.last_at, reason = EXCLUDED.reason`;

function unmatchedRow({ incoming: { envelope }, reason }: Unmatched) {
  return { sagaId: envelope.subject, messageId: envelope.id, type: envelope.type, reason, message: envelope };
}

/** One of each message: an upsert cannot touch a row twice. */
function unique(unmatched: readonly Unmatched[]): Unmatched[] {
  return [
    ...new Map(
      unmatched.map((s) => [`${s.incoming.envelope.subject} ${s.incoming.envelope.id}`, s]),
    ).values(),
  ];
}

interface RawOrigin {
  origin_topic: string;
  origin_partition: number;
  origin_offset: string;
}

function toOrigin(raw: RawOrigin): Origin {
  return { topic: raw.origin_topic, partition: raw.origin_partition, offset: Number(raw.origin_offset) };
}
