/** People's actions on PostgreSQL: audit entry, idempotency key, and what is still to publish, in one row. */
import type { Database, Sql } from '../../participants/wire/postgres.ts';
import type { ActionName } from '../engine/control.ts';
import { type AuditLink, auditHash, CHAIN_START } from './audit-chain.ts';

/** How soon the sweeper publishes an action whose API died before it could, ms. */
const FIRST_PUBLISH_MS = 2_000;
/** Any number, the same for all writers: the chain has one end, so they take turns. */
const CHAIN_LOCK = 7_310_402;
const LINKS_READ_MAX = 100_000;

/** What a person asks for. */
export interface ActionDraft {
  readonly id: string;
  readonly sagaId: string;
  readonly action: ActionName;
  readonly revision: number | null;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
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
  /** The audit's chain, oldest first. */
  chain(): Promise<AuditLink[]>;
}

const COLUMNS = `a.id::text, a.saga_id::text AS "sagaId", a.action, a.revision, a.actor, a.role, a.reason,
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
        const [last] = await sql.query<{ seq: bigint; hash: string }>(
          'SELECT seq, hash FROM orchestrator.actions ORDER BY seq DESC LIMIT 1',
        );
        const createdAt = new Date(now());
        const columns = { ...draft, batchId: null, params: {}, seq: Number(last?.seq ?? 0) + 1, createdAt };
        const previousHash = last?.hash ?? CHAIN_START;
        const link = { ...columns, previousHash, hash: auditHash(previousHash, columns) };
        return { row: await insert(sql, link), isNew: true };
      }),

    underKey: (actor, key) => underKey(db, actor, key),

    async read(id) {
      const [row] = await db.query<ActionRow>(
        `SELECT ${COLUMNS} FROM orchestrator.actions a WHERE a.id = $1::uuid`,
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

    async chain() {
      const found = await db.query<AuditLink & { seq: bigint }>(
        `SELECT a.id::text, a.seq, a.saga_id::text AS "sagaId", a.batch_id::text AS "batchId", a.action, a.revision, a.actor,
                a.role, a.reason, a.params, a.idempotency_key AS "idempotencyKey", a.created_at AS "createdAt",
                a.previous_hash AS "previousHash", a.hash
           FROM orchestrator.actions a ORDER BY a.seq LIMIT $1::int`,
        LINKS_READ_MAX,
      );
      return found.map((link) => ({ ...link, seq: Number(link.seq) }));
    },
  };
}

async function insert(sql: Sql, link: AuditLink): Promise<ActionRow> {
  const lookAt = new Date(link.createdAt.getTime() + FIRST_PUBLISH_MS);
  const [row] = await sql.query<ActionRow>(
    `INSERT INTO orchestrator.actions AS a (id, seq, saga_id, batch_id, action, revision, actor, role, reason, params,
       idempotency_key, created_at, previous_hash, hash, look_at)
     SELECT l.id, l.seq, l."sagaId", l."batchId", l.action, l.revision, l.actor, l.role, l.reason, l.params,
       l."idempotencyKey", l."createdAt", l."previousHash", l.hash, $2::timestamptz
     FROM json_to_record($1::json) AS l(id uuid, seq bigint, "sagaId" uuid, "batchId" uuid, action text, revision int,
       actor text, role text, reason text, params json, "idempotencyKey" text, "createdAt" timestamptz,
       "previousHash" text, hash text)
     RETURNING ${COLUMNS}`,
    JSON.stringify(link),
    lookAt,
  );
  if (row === undefined) throw new Error('an INSERT of an action returned no row');
  return row;
}
