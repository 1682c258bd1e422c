/** Reads for the API's views: sagas with their sweep state, their journals and commands, and lists. */

import type { Change, SagaRow, Sent } from '#engine/saga.ts';
import type { SweepState } from '#engine/sweep-state.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { listSagas, type SagaPage, type SagaQuery } from './list-sagas.ts';
import { readCommands } from './read-commands.ts';
import { type RawSaga, SAGA_COLUMNS, toSagaRow } from './tables.ts';

export interface SweptSaga {
  readonly row: SagaRow;
  readonly sweepState: SweepState;
}

/** The columns of a journal row that the history shows. */
export interface HistoryEntry {
  readonly version: number;
  readonly at: Date;
  readonly type: string;
  readonly fromState: string;
  readonly toState: string;
  readonly message: Envelope;
  readonly change: Change;
  readonly out: readonly Sent[];
}

/** A message that matched nothing its saga awaited. */
export interface UnmatchedRow {
  readonly messageId: string;
  readonly type: string;
  readonly reason: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}

export interface ViewStore {
  saga(id: string): Promise<SweptSaga | null>;
  /** The newest journal rows of a saga, oldest first. */
  journal(sagaId: string, limit: number): Promise<HistoryEntry[]>;
  unmatched(sagaId: string, limit: number): Promise<UnmatchedRow[]>;
  list(query: SagaQuery): Promise<SagaPage>;
  /** The envelopes of commands a saga sent. */
  commands(sagaId: string, wanted: ReadonlyArray<{ version: number; commandId: string }>): Promise<Sent[]>;
  /** Whether the database answers. */
  isThere(): Promise<boolean>;
}

/** The store of the views. It only reads. */
export function viewStore(db: Database): ViewStore {
  return {
    async saga(id) {
      const [raw] = await db.query<RawSaga & { sweepState: SweepState }>(
        `SELECT ${SAGA_COLUMNS}, s.sweep_state AS "sweepState" FROM orchestrator.sagas s WHERE s.id = $1::uuid`,
        id,
      );
      return raw === undefined ? null : { row: toSagaRow(raw), sweepState: raw.sweepState };
    },

    async journal(sagaId, limit) {
      const newest = await db.query<HistoryEntry>(
        `SELECT j.version, j.at, j.type, j.from_state AS "fromState", j.to_state AS "toState", j.message, j.change, j.out
           FROM orchestrator.journal j WHERE j.saga_id = $1::uuid ORDER BY j.version DESC LIMIT $2::int`,
        sagaId,
        limit,
      );
      return newest.reverse();
    },

    unmatched: (sagaId, limit) =>
      db.query<UnmatchedRow>(
        `SELECT message_id AS "messageId", type, reason, first_at AS "firstAt", last_at AS "lastAt", count
           FROM orchestrator.unmatched WHERE saga_id = $1::uuid ORDER BY first_at LIMIT $2::int`,
        sagaId,
        limit,
      ),

    list: (query) => listSagas(db, query),

    async commands(sagaId, wanted) {
      const found = await readCommands(
        db,
        wanted.map((one) => ({ sagaId, ...one })),
      );
      return found.map(({ topic, value }) => ({ topic, event: JSON.parse(value.toString()) as Envelope }));
    },

    async isThere() {
      return (await db.query('SELECT 1 AS one')).length === 1;
    },
  };
}
