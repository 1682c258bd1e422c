/** Sagas whose compensation failed, oldest first, by the index of the stuck ones; and what their participants answered. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import { COMPENSATION_FAILED } from './search/conditions.ts';
import { type RawSaga, SAGA_COLUMNS, toSagaRow } from './tables.ts';
import type { SweptSaga } from './view-store.ts';

/** The most stuck sagas read for one page. A page may be short and still have a next one. */
const SCAN_MAX = 20_000;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** A participant's answer to an undo. */
export interface UndoAnswer {
  readonly at: Date;
  readonly data: unknown;
}

export interface CompensationFailurePage {
  readonly items: readonly SweptSaga[];
  /** The last id that was read; null: there are no more. */
  readonly next: string | null;
}

export interface CompensationFailureStore {
  /** The oldest sagas after one. @param after null: from the oldest */
  list(after: string | null, limit: number): Promise<CompensationFailurePage>;
  /** The answers with some message ids, by these. */
  answers(
    keys: ReadonlyArray<{ readonly sagaId: string; readonly messageId: string }>,
  ): Promise<ReadonlyMap<string, UndoAnswer>>;
}

const LIST = `
WITH c AS MATERIALIZED (
  SELECT id FROM orchestrator.sagas WHERE stuck IS NOT NULL AND id > $1::uuid ORDER BY id LIMIT $3::int),
f AS (SELECT ${SAGA_COLUMNS}, s.sweep_state AS "sweepState" FROM c JOIN orchestrator.sagas s ON ${probe('s.id', 'c.id')}
   WHERE (s.due_at IS NULL) IS FALSE AND ${COMPENSATION_FAILED} ORDER BY c.id LIMIT $2::int)
SELECT f.*, c.seen, c.last FROM (SELECT count(*)::int AS seen, max(id::text) AS last FROM c) c LEFT JOIN f ON true
 ORDER BY f.id`;

const KEYS = columns({ sagaId: 'uuid', messageId: 'text' });
const ANSWERS = `
SELECT j.message_id AS "messageId", j.at, j.message->'data' AS data FROM ${KEYS.from('k')}
  JOIN orchestrator.journal j ON ${probe('j.saga_id', 'k."sagaId"')} AND j.message_id = k."messageId"`;

type Raw = (RawSaga | { readonly id: null }) & {
  readonly sweepState: SweptSaga['sweepState'];
  readonly seen: number;
  readonly last: string | null;
};

/** The store of failed compensations. It only reads. */
export function compensationFailureStore(db: Database): CompensationFailureStore {
  return {
    async list(after, limit) {
      // One row more than the page shows whether there is another page.
      const found = await db.query<Raw>(LIST, after ?? BEFORE_ALL, limit + 1, SCAN_MAX);
      const all = found.flatMap((raw): SweptSaga[] =>
        raw.id === null ? [] : [{ row: toSagaRow(raw as RawSaga), sweepState: raw.sweepState }],
      );
      const items = all.slice(0, limit);
      if (all.length > limit) return { items, next: items.at(-1)?.row.id ?? null };
      const [first] = found;
      return { items, next: first === undefined || first.seen < SCAN_MAX ? null : first.last };
    },

    async answers(keys) {
      if (keys.length === 0) return new Map();
      const found = await db.query<UndoAnswer & { messageId: string }>(
        inMonth(
          db,
          keys.map(({ sagaId }) => sagaId),
          ANSWERS,
        ),
        ...KEYS.values(keys),
      );
      return new Map(found.map(({ messageId, ...answer }) => [messageId, answer]));
    },
  };
}
