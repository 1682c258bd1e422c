/** API keys on PostgreSQL: made, listed and revoked, each change with an entry of the audit in one transaction. */
import { randomUUID } from 'node:crypto';
import { LIVE_KEYS_MAX, type NewKey } from '#platform/identity/api-keys.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { Approves, Changed } from '#protocol/plan-hash.ts';
import type { ActionRow } from './action-rows.ts';
import { appendApplied, lockAudit, underKey } from './append-audit.ts';

/** Whose change it is, and why. */
export interface ChangedBy {
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  /** The plan that they approved; undefined: they named none. */
  readonly planHash?: string | undefined;
}

/** A stored key, without its hash. */
export interface ApiKeyRow {
  readonly id: string;
  readonly holder: string;
  readonly role: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
}

/** How many keys are live. */
export interface LiveKeys {
  readonly all: number;
  readonly ofHolder: number;
}

/** A key before it is revoked, with how many live ones its holder has. */
export interface KeyNow {
  readonly row: ApiKeyRow;
  readonly live: LiveKeys;
}

export interface Revocation {
  readonly by: ChangedBy;
  readonly idempotencyKey: string | null;
  readonly approves: Approves<KeyNow>;
}

export interface ApiKeyStore {
  /** Stores a new key; null when there are as many live ones as processes hold. @param approves whether its author saw these */
  create(
    key: Pick<NewKey, 'id' | 'hash'>,
    holder: string,
    expiresAt: Date,
    by: ChangedBy,
    approves: Approves<LiveKeys>,
  ): Promise<ApiKeyRow | Changed<LiveKeys> | null>;
  /**
   * Revokes a key; null when there is none. A key that is revoked already stays as it is, and the same again under a key is answered
   * so. `mismatch`: the idempotency key was used for something else.
   */
  revoke(id: string, change: Revocation): Promise<ApiKeyRow | Changed<KeyNow> | 'mismatch' | null>;
  /** The keys that are older than one, newest first, live or not. @param before null: from the newest */
  list(before: { readonly createdAt: Date; readonly id: string } | null, limit: number): Promise<ApiKeyRow[]>;
  /** How many keys are live, in all and of one holder. */
  live(holder: string): Promise<LiveKeys>;
  /** A key by its id; null when there is none. */
  read(id: string): Promise<ApiKeyRow | null>;
}

const COLUMNS = `id, holder, role, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", revoked_by AS "revokedBy"`;
const ROLE = 'service';
/** The actions of the audit's entries. */
const CREATE = 'create-api-key';
const REVOKE = 'revoke-api-key';

/** The store of API keys. */
export function apiKeyStore(db: Database, now: () => number): ApiKeyStore {
  const read = async (sql: Sql, id: string) =>
    (await sql.query<ApiKeyRow>(`SELECT ${COLUMNS} FROM identity.api_keys WHERE id = $1`, id))[0] ?? null;
  const live = async (sql: Pick<Sql, 'query'>, holder: string): Promise<LiveKeys> => {
    const [counted] = await sql.query<LiveKeys>(
      `SELECT count(*)::int AS all, count(*) FILTER (WHERE holder = $1)::int AS "ofHolder"
         FROM identity.api_keys WHERE revoked_at IS NULL AND expires_at > $2::timestamptz`,
      holder,
      new Date(now()),
    );
    return counted ?? { all: 0, ofHolder: 0 };
  };
  return {
    create: ({ id, hash }, holder, expiresAt, by, approves) =>
      db
        .transaction(async (sql) => {
          // Under the audit's lock two requests cannot both take the last place.
          await lockAudit(sql);
          const present = await live(sql, holder);
          if (!approves(present)) return { changed: present };
          const entry = await audit(
            sql,
            by,
            now,
            CREATE,
            `key ${id} of ${holder} is live`,
            {
              keyId: id,
              holder,
              expiresAt: expiresAt.toISOString(),
            },
            null,
          );
          const rows = await sql.query<ApiKeyRow>(
            `INSERT INTO identity.api_keys (id, holder, role, hash, created_at, created_by, expires_at)
           SELECT $1, $2, $3, $4::bytea, $5::timestamptz, $6, $7::timestamptz
            WHERE (SELECT count(*) FROM identity.api_keys WHERE revoked_at IS NULL AND expires_at > $5::timestamptz) < $8::int
           RETURNING ${COLUMNS}`,
            id,
            holder,
            ROLE,
            hash,
            entry.createdAt,
            by.actor,
            expiresAt,
            LIVE_KEYS_MAX,
          );
          // The entry goes with the transaction.
          if (rows[0] === undefined) throw new NoRoom();
          return rows[0];
        })
        .catch((error) => {
          if (error instanceof NoRoom) return null;
          throw error;
        }),

    revoke: (id, { by, idempotencyKey, approves }) =>
      db.transaction(async (sql) => {
        // Of two revocations one enters the audit, and its plan still holds.
        await lockAudit(sql);
        const found = await read(sql, id);
        if (found === null) return null;
        const earlier = await underKey(sql, by.actor, idempotencyKey);
        if (earlier !== null) return isRevocation(earlier, id, by) ? found : 'mismatch';
        const present = { row: found, live: await live(sql, found.holder) };
        if (!approves(present)) return { changed: present };
        if (found.revokedAt !== null) return found;
        const { createdAt } = await audit(
          sql,
          by,
          now,
          REVOKE,
          `key ${id} is revoked`,
          {
            keyId: id,
          },
          idempotencyKey,
        );
        await sql.execute(
          `UPDATE identity.api_keys SET revoked_at = $2::timestamptz, revoked_by = $3
            WHERE id = $1 AND revoked_at IS NULL`,
          id,
          createdAt,
          by.actor,
        );
        return read(sql, id);
      }),

    list: (before, limit) =>
      db.query<ApiKeyRow>(
        `SELECT ${COLUMNS} FROM identity.api_keys
          WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1::timestamptz, $2)
          ORDER BY created_at DESC, id DESC LIMIT $3`,
        before?.createdAt ?? null,
        before?.id ?? '',
        limit,
      ),

    live: (holder) => live(db, holder),

    read: (id) => read(db, id),
  };
}

/** Whether an entry of the audit is the same revocation. */
function isRevocation({ action, params, reason }: ActionRow, id: string, by: ChangedBy): boolean {
  // Not every entry is an action on a saga, as the row's type has it.
  const done: string = action;
  return done === REVOKE && params['keyId'] === id && reason === by.reason;
}

class NoRoom extends Error {}

/** Adds an entry of a change that is applied with it: no engine has to process it. */
function audit(
  sql: Sql,
  { actor, role, reason, planHash }: ChangedBy,
  now: () => number,
  action: string,
  detail: string,
  params: Readonly<Record<string, unknown>>,
  idempotencyKey: string | null,
): Promise<{ createdAt: Date }> {
  const entry = {
    ...{ id: randomUUID(), sagaId: null, batchId: null, action, revision: null },
    ...{ actor, role, reason, params, idempotencyKey, planHash },
  };
  return appendApplied(sql, entry, detail, now);
}
