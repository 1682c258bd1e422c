/**
 * Saved views on PostgreSQL: a filter of sagas with its order, under a name. Each change is an entry of the audit in the same
 * transaction. The entry names the filters, not their values: a value may be a customer's id, and the audit is kept for good.
 */
import { randomUUID } from 'node:crypto';
import type { SagaFilter, SagaSort } from '#engine/search/saga-filter.ts';
import { type Database, type Sql, sqlState } from '#platform/postgres/database.ts';
import type { Approves, Changed } from '#protocol/plan-hash.ts';
import type { ChangedBy } from './api-key-store.ts';
import { appendApplied, lockAudit } from './append-audit.ts';

/** The most views of one person, and of all. */
const OWN_MAX = 100;
const ALL_MAX = 5_000;

/** What a person keeps. */
export interface SavedViewDraft {
  readonly name: string;
  readonly filter: SagaFilter;
  readonly sort: SagaSort;
  /** Whether everybody sees it. */
  readonly shared: boolean;
}

export interface SavedViewRow extends SavedViewDraft {
  readonly id: string;
  readonly owner: string;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly changedBy: string;
}

export interface SavedViewStore {
  /**
   * Keeps a view under an id that the caller made. `full`: there are too many. `taken`: the owner has another of this name, or
   * another shared one has it.
   */
  create(id: string, draft: SavedViewDraft, by: ChangedBy): Promise<SavedViewRow | 'full' | 'taken'>;
  /** Replaces what a view holds; null: there is none. @param approves whether it is still what its author saw */
  replace(
    id: string,
    draft: SavedViewDraft,
    by: ChangedBy,
    approves: Approves<SavedViewRow>,
  ): Promise<SavedViewRow | Changed<SavedViewRow> | 'taken' | null>;
  /** Deletes a view. @returns it as it was; null: there is none */
  remove(
    id: string,
    by: ChangedBy,
    approves: Approves<SavedViewRow>,
  ): Promise<SavedViewRow | Changed<SavedViewRow> | null>;
  read(id: string): Promise<SavedViewRow | null>;
  /** A person's own views and the shared ones that are older than one, newest first. @param before null: from the newest */
  list(owner: string, before: string | null, limit: number): Promise<SavedViewRow[]>;
}

const COLUMNS = `id::text, owner, name, filter, sort, shared, created_at AS "createdAt", changed_at AS "changedAt",
  changed_by AS "changedBy"`;

/** The store of saved views. */
export function savedViewStore(db: Database, now: () => number): SavedViewStore {
  const read = async (sql: Sql, id: string) =>
    (
      await sql.query<SavedViewRow>(`SELECT ${COLUMNS} FROM orchestrator.saved_views WHERE id = $1::uuid`, id)
    )[0] ?? null;
  return {
    create: (id, draft, by) =>
      unlessTaken(
        db.transaction(async (sql) => {
          // Until the transaction ends nobody else adds a view.
          await lockAudit(sql);
          const [counted] = await sql.query<{ own: number; all: number }>(
            `SELECT count(*) FILTER (WHERE owner = $1)::int AS own, count(*)::int AS all FROM orchestrator.saved_views`,
            by.actor,
          );
          if ((counted?.own ?? 0) >= OWN_MAX || (counted?.all ?? 0) >= ALL_MAX) return 'full';
          const at = await audit(sql, by, now, 'save-view', id, draft);
          await sql.execute(
            `INSERT INTO orchestrator.saved_views (id, owner, name, filter, sort, shared, created_at, changed_at, changed_by)
             VALUES ($1::uuid, $2, $3, $4::json, $5, $6::boolean, $7::timestamptz, $7::timestamptz, $2)`,
            id,
            by.actor,
            draft.name,
            JSON.stringify(draft.filter),
            draft.sort,
            draft.shared,
            at,
          );
          return (await read(sql, id)) as SavedViewRow;
        }),
      ),

    replace: (id, draft, by, approves) =>
      unlessTaken(
        db.transaction(async (sql) => {
          await lockAudit(sql);
          const found = await read(sql, id);
          if (found === null) return null;
          if (!approves(found)) return { changed: found };
          const at = await audit(sql, by, now, 'change-view', id, draft);
          await sql.execute(
            `UPDATE orchestrator.saved_views SET name = $2, filter = $3::json, sort = $4, shared = $5::boolean,
               changed_at = $6::timestamptz, changed_by = $7 WHERE id = $1::uuid`,
            id,
            draft.name,
            JSON.stringify(draft.filter),
            draft.sort,
            draft.shared,
            at,
            by.actor,
          );
          return (await read(sql, id)) as SavedViewRow;
        }),
      ),

    remove: (id, by, approves) =>
      db.transaction(async (sql) => {
        await lockAudit(sql);
        const found = await read(sql, id);
        if (found === null) return null;
        if (!approves(found)) return { changed: found };
        await audit(sql, by, now, 'delete-view', id, found);
        await sql.execute('DELETE FROM orchestrator.saved_views WHERE id = $1::uuid', id);
        return found;
      }),

    read: (id) => read(db, id),

    list: (owner, before, limit) =>
      db.query<SavedViewRow>(
        `SELECT ${COLUMNS} FROM orchestrator.saved_views
          WHERE (owner = $1 OR shared) AND ($2::uuid IS NULL OR id < $2::uuid) ORDER BY id DESC LIMIT $3::int`,
        owner,
        before,
        limit,
      ),
  };
}

/** Two requests for one name: the second is refused by an index. */
async function unlessTaken<T>(change: Promise<T>): Promise<T | 'taken'> {
  try {
    return await change;
  } catch (error) {
    if (sqlState(error)?.state === '23505') return 'taken';
    throw error;
  }
}

/** @returns the instant of the entry */
async function audit(
  sql: Sql,
  { actor, role, reason }: ChangedBy,
  now: () => number,
  action: string,
  viewId: string,
  { filter, sort, shared }: SavedViewDraft,
): Promise<Date> {
  const entry = {
    ...{ id: randomUUID(), sagaId: null, batchId: null, action, revision: null },
    // No hash of the plan: whoever guesses a filter’s value could prove it by that.
    ...{ actor, role, reason, idempotencyKey: null },
    params: { viewId, shared, sort, filters: Object.keys(filter) },
  };
  return (await appendApplied(sql, entry, `view ${viewId}: ${DONE[action]}`, now)).createdAt;
}

const DONE: Readonly<Record<string, string>> = {
  'save-view': 'saved',
  'change-view': 'changed',
  'delete-view': 'deleted',
};
