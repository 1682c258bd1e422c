/** People's actions on PostgreSQL: audit entry, idempotency key, and what is still to publish, in one row. */

import type { ActionName } from '#engine/control.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { type AuditColumns, type AuditLink, auditHash, CHAIN_START } from './audit-chain.ts';

/** How soon the sweeper publishes an action whose API died before it could, ms. */
const FIRST_PUBLISH_MS = 2_000;
/** Any number, the same for all writers: the chain has one end, so they take turns. */
const CHAIN_LOCK = 7_310_402;

/** What a person asks for. */
export interface ActionDraft {
  readonly id: string;
  readonly sagaId: string;
  readonly action: ActionName;
  readonly revision: number | null;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
}

/** An action as it stands. */
export interface ActionRow extends Omit<ActionDraft, 'idempotencyKey'> {
  readonly createdAt: Date;
  readonly state: 'waiting' | 'applied' | 'refused';
  readonly detail: string | null;
  readonly endedAt: Date | null;
}

export interface ActionStore {
  /** Appends an action to the audit. An actor's key names one action for ever: the earlier one is returned instead. */
  append(draft: ActionDraft, now: () => number): Promise<{ row: ActionRow; isNew: boolean }>;
  /** The action that an actor's key names. */
  underKey(actor: string, idempotencyKey: string): Promise<ActionRow | null>;
  read(id: string): Promise<ActionRow | null>;
  /** The actions on a saga, oldest first. */
  ofSaga(sagaId: string, limit: number): Promise<ActionRow[]>;
  /** The audit's chain from behind a link on, oldest first. */
  chain(afterSeq: number, limit: number): Promise<AuditLink[]>;
  /** The audit as people read it, newest first. */
  audit(query: AuditQuery, limit: number): Promise<AuditEntry[]>;
}

/** Which entries of the audit. */
export interface AuditQuery {
  /** Only entries before this one. */
  readonly before: number | null;
  readonly sagaId: string | null;
  readonly actor: string | null;
}

/** An entry of the audit, and what became of it. */
export interface AuditEntry extends AuditLink {
  readonly state: ActionRow['state'];
  readonly detail: string | null;
  readonly endedAt: Date | null;
}

const LINK = `a.id::text, a.seq, a.saga_id::text AS "sagaId", a.batch_id::text AS "batchId", a.action, a.revision, a.actor,
  a.role, a.reason, a.params, a.idempotency_key AS "idempotencyKey", a.created_at AS "createdAt",
  a.previous_hash AS "previousHash", a.hash`;

const COLUMNS = `a.id::text, a.saga_id::text AS "sagaId", a.action, a.revision, a.actor, a.role, a.reason, a.params,
  a.created_at AS "createdAt", a.state, a.detail, a.ended_at AS "endedAt"`;

/** The store of actions. */
export function actionStore(db: Database): ActionStore {
  const underKey = async (sql: Sql, actor: string, key: string | null): Promise<ActionRow | null> => {
    if (key === null) return null;
    const text = `SELECT ${COLUMNS} FROM orchestrator.actions a WHERE a.actor = $1 AND a.idempotency_key = $2`;
    return (await sql.query<ActionRow>(text, actor, key))[0] ?? null;
  };
  return {
    append: (draft, now) =>
      db.transaction(async (sql) => {
        await sql.query('SELECT pg_advisory_xact_lock($1::bigint)::text', CHAIN_LOCK);
        const earlier = await underKey(sql, draft.actor, draft.idempotencyKey);
        if (earlier !== null) return { row: earlier, isNew: false };
        return { row: await appendLink(sql, { ...draft, batchId: null }, now), isNew: true };
      }),

    underKey: (actor, key) => underKey(db, actor, key),

    async read(id) {
      const [row] = await db.query<ActionRow>(
        `SELECT ${COLUMNS} FROM orchestrator.actions a WHERE a.id = $1::uuid AND a.saga_id IS NOT NULL`,
        id,
      );
      return row ?? null;
    },

    ofSaga: (sagaId, limit) =>
      db.query<ActionRow>(
        `SELECT ${COLUMNS} FROM orchestrator.actions a WHERE a.saga_id = $1::uuid ORDER BY a.seq LIMIT $2::int`,
        sagaId,
        limit,
      ),

    async chain(after, limit) {
      const found = await db.query<AuditLink & { seq: bigint }>(
        `SELECT ${LINK} FROM orchestrator.actions a WHERE a.seq > $1::bigint ORDER BY a.seq LIMIT $2::int`,
        after,
        limit,
      );
      return found.map((link) => ({ ...link, seq: Number(link.seq) }));
    },

    async audit({ before, sagaId, actor }, limit) {
      const found = await db.query<AuditEntry & { seq: bigint }>(
        `SELECT ${LINK}, a.state, a.detail, a.ended_at AS "endedAt" FROM orchestrator.actions a
          WHERE ($1::bigint IS NULL OR a.seq < $1) AND ($2::uuid IS NULL OR a.saga_id = $2) AND ($3::text IS NULL OR a.actor = $3)
          ORDER BY a.seq DESC LIMIT $4::int`,
        before,
        sagaId,
        actor,
        limit,
      );
      return found.map((entry) => ({ ...entry, seq: Number(entry.seq) }));
    },
  };
}

/** Appends one entry to the audit's chain, in a transaction of the caller's. */
export async function appendLink(
  sql: Sql,
  entry: Omit<AuditColumns, 'seq' | 'createdAt'>,
  now: () => number,
): Promise<ActionRow> {
  await sql.query('SELECT pg_advisory_xact_lock($1::bigint)::text', CHAIN_LOCK);
  const [last] = await sql.query<{ seq: bigint; hash: string }>(
    'SELECT seq, hash FROM orchestrator.actions ORDER BY seq DESC LIMIT 1',
  );
  const columns = { ...entry, seq: Number(last?.seq ?? 0) + 1, createdAt: new Date(now()) };
  const previousHash = last?.hash ?? CHAIN_START;
  return insert(sql, { ...columns, previousHash, hash: auditHash(previousHash, columns) });
}

async function insert(sql: Sql, link: AuditLink): Promise<ActionRow> {
  const dueAt = new Date(link.createdAt.getTime() + FIRST_PUBLISH_MS);
  const [row] = await sql.query<ActionRow>(
    `INSERT INTO orchestrator.actions AS a (id, seq, saga_id, batch_id, action, revision, actor, role, reason, params,
       idempotency_key, created_at, previous_hash, hash, due_at)
     SELECT l.id, l.seq, l."sagaId", l."batchId", l.action, l.revision, l.actor, l.role, l.reason, l.params,
       l."idempotencyKey", l."createdAt", l."previousHash", l.hash, $2::timestamptz
     FROM json_to_record($1::json) AS l(id uuid, seq bigint, "sagaId" uuid, "batchId" uuid, action text, revision int,
       actor text, role text, reason text, params json, "idempotencyKey" text, "createdAt" timestamptz,
       "previousHash" text, hash text)
     RETURNING ${COLUMNS}`,
    JSON.stringify(link),
    dueAt,
  );
  if (row === undefined) throw new Error('an INSERT of an action returned no row');
  return row;
}
