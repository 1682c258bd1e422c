/** Reads for the API's views: sagas with their sweep state, their journals and commands, and lists. */

import type { Change, SagaRow, Sent } from '#engine/saga.ts';
import type { SweepState } from '#engine/sweep-state.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { idsMatching, listSagas, type MatchingSaga, type PageRequest, type SagaPage } from './list-sagas.ts';
import { readCommands } from './read-commands.ts';
import type { SagaSearch } from './search/conditions.ts';
import { countSagas, type SagaCounts } from './search/count-sagas.ts';
import { type Spared, spare } from './spare.ts';
import { type RawSaga, SAGA_COLUMNS, toSagaRow } from './tables.ts';

/** Above every version. */
const VERSION_MAX = 2_147_483_647;

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
  /** Where the message was read. */
  readonly originTopic: string;
  readonly originPartition: number;
  readonly originOffset: bigint;
  /** Its hash in the saga’s chain, in hex; null: an engine of a build without the chain wrote it. */
  readonly hash: string | null;
  /** The entry of the audit by which its documents were erased. */
  readonly erasedBy: string | null;
}

/** A message that matched nothing its saga awaited, or that it had taken before (reason `repeat`). */
export interface UnmatchedRow {
  readonly messageId: string;
  readonly type: string;
  readonly reason: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
  readonly message: Envelope;
}

export interface ViewStore {
  saga(id: string): Promise<SweptSaga | null>;
  /** The newest journal rows of a saga, oldest first. @param before only versions below it */
  journal(sagaId: string, limit: number, before?: number): Promise<HistoryEntry[]>;
  unmatched(sagaId: string, limit: number): Promise<UnmatchedRow[]>;
  list(request: PageRequest): Promise<SagaPage>;
  /** `at`: the instant of which they are, and of which the ages are. */
  counts(search: Omit<SagaSearch, 'sort'>): Promise<Spared<SagaCounts>>;
  /** The sagas that match a filter, oldest first; see `idsMatching`. */
  matching(
    search: Omit<SagaSearch, 'sort'>,
    limit: number,
  ): Promise<{ sagas: MatchingSaga[]; isComplete: boolean }>;
  /** The envelopes of commands that sagas sent, in no order. */
  commands(wanted: ReadonlyArray<{ sagaId: string; version: number; commandId: string }>): Promise<Sent[]>;
  /** Whether the database answers. */
  isThere(): Promise<boolean>;
}

/** The store of the views. It only reads. */
export function viewStore(db: Database, now: () => number = Date.now): ViewStore {
  const counts = spare(
    (search: Omit<SagaSearch, 'sort'>) => countSagas(db, search),
    ({ asOfMs: _, ...rest }) => JSON.stringify(rest),
    now,
  );
  return {
    async saga(id) {
      const [raw] = await db.query<RawSaga & { sweepState: SweepState }>(
        `SELECT ${SAGA_COLUMNS}, s.sweep_state AS "sweepState" FROM orchestrator.sagas s WHERE s.id = $1::uuid`,
        id,
      );
      return raw === undefined ? null : { row: toSagaRow(raw), sweepState: raw.sweepState };
    },

    async journal(sagaId, limit, before = VERSION_MAX) {
      const newest = await db.query<HistoryEntry>(
        `SELECT j.version, j.at, j.type, j.from_state AS "fromState", j.to_state AS "toState", j.message, j.change, j.out,
                j.origin_topic AS "originTopic", j.origin_partition AS "originPartition", j.origin_offset AS "originOffset",
                encode(j.hash, 'hex') AS hash, j.erased_by::text AS "erasedBy"
           FROM orchestrator.journal j WHERE j.saga_id = $1::uuid AND j.version < $3::int
          ORDER BY j.version DESC LIMIT $2::int`,
        sagaId,
        limit,
        before,
      );
      return newest.reverse();
    },

    unmatched: (sagaId, limit) =>
      db.query<UnmatchedRow>(
        `SELECT message_id AS "messageId", type, reason, first_at AS "firstAt", last_at AS "lastAt", count, message
           FROM orchestrator.unmatched WHERE saga_id = $1::uuid ORDER BY first_at LIMIT $2::int`,
        sagaId,
        limit,
      ),

    list: (request) => listSagas(db, request),

    counts,

    matching: (search, limit) => idsMatching(db, search, limit),

    async commands(wanted) {
      const found = await readCommands(db, wanted);
      return found.map(({ topic, value }) => ({ topic, event: JSON.parse(value.toString()) as Envelope }));
    },

    async isThere() {
      return (await db.query('SELECT 1 AS one')).length === 1;
    },
  };
}
