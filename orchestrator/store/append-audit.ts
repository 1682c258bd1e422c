/** Appends to the audit: its entries are one chain, so its writers take turns, each in the transaction of what it records. */
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { ActionDraft, ActionRow } from './action-rows.ts';
import { type AuditColumns, type AuditLink, auditHash, CHAIN_START } from './audit-chain.ts';

/** The delay after which the sweeper publishes an action that its API has not, ms. */
const FIRST_PUBLISH_MS = 2_000;
/** The chain has one end, so its writers take turns under this lock. Any number will do. */
const CHAIN_LOCK = 7_310_402;

const COLUMNS = `a.id::text, a.saga_id::text AS "sagaId", a.action, a.revision, a.actor, a.role, a.reason, a.params,
  a.created_at AS "createdAt", a.state, a.detail, a.ended_at AS "endedAt", a.plan_hash AS "planHash",
  a.applied_plan_hash AS "appliedPlanHash"`;

/** The action that an earlier attempt has appended; its outcome was unknown. */
async function underId(sql: Sql, id: string): Promise<ActionRow | null> {
  const text = `SELECT ${COLUMNS} FROM orchestrator.actions a WHERE a.id = $1::uuid`;
  return (await sql.query<ActionRow>(text, id))[0] ?? null;
}

/** Waits until no other transaction writes the audit, and keeps the others waiting until this one ends. */
export async function lockAudit(sql: Sql): Promise<void> {
  await sql.query('SELECT pg_advisory_xact_lock($1::bigint)::text', CHAIN_LOCK);
}

/** The action that an actor requested under a key; null: none, or there is no key. */
export async function underKey(sql: Sql, actor: string, key: string | null): Promise<ActionRow | null> {
  if (key === null) return null;
  const text = `SELECT ${COLUMNS} FROM orchestrator.actions a WHERE a.actor = $1 AND a.idempotency_key = $2`;
  return (await sql.query<ActionRow>(text, actor, key))[0] ?? null;
}

/** See `ActionStore.append`. */
export function appendAction(
  db: Database,
  draft: ActionDraft,
  now: () => number,
): Promise<{ row: ActionRow; isNew: boolean }> {
  return db.transaction(async (sql) => {
    await lockAudit(sql);
    const earlier = await underKey(sql, draft.actor, draft.idempotencyKey);
    if (earlier !== null) return { row: earlier, isNew: earlier.id === draft.id };
    const own = await underId(sql, draft.id);
    if (own !== null) return { row: own, isNew: true };
    return { row: await appendLink(sql, { ...draft, batchId: null }, now), isNew: true };
  });
}

/**
 * Appends one entry that no engine has to process: it is applied already. In the caller's transaction.
 * @param detail what was done, for a person
 */
export async function appendApplied(
  sql: Sql,
  {
    planHash = null,
    ...entry
  }: Omit<AuditColumns, 'seq' | 'createdAt' | 'planHash'> & {
    readonly planHash?: string | null | undefined;
  },
  detail: string,
  now: () => number,
): Promise<ActionRow> {
  const row = await appendLink(sql, { ...entry, planHash }, now);
  await sql.execute(
    `UPDATE orchestrator.actions SET state = 'applied', detail = $2, ended_at = $3::timestamptz, due_at = NULL
      WHERE id = $1::uuid`,
    row.id,
    detail,
    row.createdAt,
  );
  return row;
}

/**
 * Whether an earlier attempt, whose outcome was unknown, has appended the entry of this id. Waits for one that still runs.
 */
export async function wasAppended(sql: Sql, id: string): Promise<boolean> {
  await lockAudit(sql);
  return (await sql.query('SELECT 1 FROM orchestrator.actions WHERE id = $1::uuid', id)).length > 0;
}

/** Appends one entry to the audit's chain, in the caller's transaction. */
async function appendLink(
  sql: Sql,
  entry: Omit<AuditColumns, 'seq' | 'createdAt'>,
  now: () => number,
): Promise<ActionRow> {
  const last = await lastLink(sql);
  const columns = { ...entry, seq: last.seq + 1, createdAt: new Date(now()) };
  const previousHash = last.hash;
  return insert(sql, { ...columns, previousHash, hash: auditHash(previousHash, columns) });
}

/**
 * Appends the entries of many sagas in a transaction of their own. An entry that an earlier attempt has appended stays: its id says so.
 * @returns the rows of all, in no order
 */
export function appendOnce(
  db: Database,
  entries: readonly Omit<AuditColumns, 'seq' | 'createdAt'>[],
  now: () => number,
): Promise<ActionRow[]> {
  return db.transaction(async (sql) => {
    await lockAudit(sql);
    const text = `SELECT ${COLUMNS} FROM orchestrator.actions a WHERE a.id = ANY ($1::uuid[])`;
    const earlier = await sql.query<ActionRow>(
      text,
      entries.map(({ id }) => id),
    );
    const known = new Set(earlier.map(({ id }) => id));
    const added = await appendAll(
      sql,
      entries.filter(({ id }) => !known.has(id)),
      now,
    );
    return [...earlier, ...added];
  });
}

/**
 * Appends the entries of many sagas that one person acts on, in the caller's transaction and in one statement.
 * @returns their rows, in no order
 */
export async function appendAll(
  sql: Sql,
  entries: readonly Omit<AuditColumns, 'seq' | 'createdAt'>[],
  now: () => number,
): Promise<ActionRow[]> {
  if (entries.length === 0) return [];
  const last = await lastLink(sql);
  const createdAt = new Date(now());
  let previousHash = last.hash;
  const links = entries.map((entry, nth) => {
    const columns = { ...entry, seq: last.seq + nth + 1, createdAt };
    const link = { ...columns, previousHash, hash: auditHash(previousHash, columns) };
    previousHash = link.hash;
    return link;
  });
  return insertLinks(sql, links, createdAt);
}

/** Waits for the audit's other writers; the last link, or the chain's start. */
async function lastLink(sql: Sql): Promise<{ readonly seq: number; readonly hash: string }> {
  await lockAudit(sql);
  const [last] = await sql.query<{ seq: bigint; hash: string }>(
    'SELECT seq, hash FROM orchestrator.actions ORDER BY seq DESC LIMIT 1',
  );
  return { seq: Number(last?.seq ?? 0), hash: last?.hash ?? CHAIN_START };
}

async function insert(sql: Sql, link: Omit<AuditLink, 'erasedBy'>): Promise<ActionRow> {
  const [row] = await insertLinks(sql, [link], link.createdAt);
  if (row === undefined) throw new Error('an INSERT of an action returned no row');
  return row;
}

async function insertLinks(
  sql: Sql,
  links: readonly Omit<AuditLink, 'erasedBy'>[],
  createdAt: Date,
): Promise<ActionRow[]> {
  const dueAt = new Date(createdAt.getTime() + FIRST_PUBLISH_MS);
  return sql.query<ActionRow>(
    `INSERT INTO orchestrator.actions AS a (id, seq, saga_id, batch_id, action, revision, actor, role, reason, params,
       idempotency_key, plan_hash, created_at, previous_hash, hash, due_at)
     SELECT l.id, l.seq, l."sagaId", l."batchId", l.action, l.revision, l.actor, l.role, l.reason, l.params,
       l."idempotencyKey", l."planHash", l."createdAt", l."previousHash", l.hash, $2::timestamptz
     FROM json_to_recordset($1::json) AS l(id uuid, seq bigint, "sagaId" uuid, "batchId" uuid, action text, revision int,
       actor text, role text, reason text, params json, "idempotencyKey" text, "planHash" text,
       "createdAt" timestamptz, "previousHash" text, hash text)
     RETURNING ${COLUMNS}`,
    JSON.stringify(links),
    dueAt,
  );
}
