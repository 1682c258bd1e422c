/** API keys on PostgreSQL: made, listed and revoked, each change with an entry of the audit in one transaction. */
import { randomUUID } from 'node:crypto';
import { LIVE_KEYS_MAX, type NewKey } from '#platform/identity/api-keys.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { appendApplied } from './action-store.ts';

/** Whose change it is, and why. */
export interface ChangedBy {
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
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

export interface ApiKeyStore {
  /** Stores a new key; null when there are as many live ones as processes hold. */
  create(
    key: Pick<NewKey, 'id' | 'hash'>,
    holder: string,
    expiresAt: Date,
    by: ChangedBy,
  ): Promise<ApiKeyRow | null>;
  /** Revokes a key; null when there is none. A key that is revoked already stays as it is. */
  revoke(id: string, by: ChangedBy): Promise<ApiKeyRow | null>;
  /** The keys that are older than one, newest first, live or not. @param before null: from the newest */
  list(before: { readonly createdAt: Date; readonly id: string } | null, limit: number): Promise<ApiKeyRow[]>;
  /** How many keys are live, in all and of one holder. */
  live(holder: string): Promise<{ readonly all: number; readonly ofHolder: number }>;
  /** A key by its id; null when there is none. */
  read(id: string): Promise<ApiKeyRow | null>;
}

const COLUMNS = `id, holder, role, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", revoked_by AS "revokedBy"`;
const ROLE = 'service';

/** The store of API keys. */
export function apiKeyStore(db: Database, now: () => number): ApiKeyStore {
  const read = async (sql: Sql, id: string) =>
    (await sql.query<ApiKeyRow>(`SELECT ${COLUMNS} FROM identity.api_keys WHERE id = $1`, id))[0] ?? null;
  return {
    create: ({ id, hash }, holder, expiresAt, by) =>
      db
        .transaction(async (sql) => {
          // The audit's lock comes with the entry: two requests cannot both take the last place.
          const entry = await audit(sql, by, now, 'create-api-key', `key ${id} of ${holder} is live`, {
            keyId: id,
            holder,
            expiresAt: expiresAt.toISOString(),
          });
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

    revoke: (id, by) =>
      db.transaction(async (sql) => {
        // Locked, so that of two revocations one enters the audit.
        await sql.query('SELECT 1 FROM identity.api_keys WHERE id = $1 FOR UPDATE', id);
        const found = await read(sql, id);
        if (found === null || found.revokedAt !== null) return found;
        const { createdAt } = await audit(sql, by, now, 'revoke-api-key', `key ${id} is revoked`, {
          keyId: id,
        });
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

    async live(holder) {
      const [counted] = await db.query<{ all: number; ofHolder: number }>(
        `SELECT count(*)::int AS all, count(*) FILTER (WHERE holder = $1)::int AS "ofHolder"
           FROM identity.api_keys WHERE revoked_at IS NULL AND expires_at > $2::timestamptz`,
        holder,
        new Date(now()),
      );
      return counted ?? { all: 0, ofHolder: 0 };
    },

    read: (id) => read(db, id),
  };
}

class NoRoom extends Error {}

/** Adds an entry of a change that is applied with it: no engine has to process it. */
function audit(
  sql: Sql,
  { actor, role, reason }: ChangedBy,
  now: () => number,
  action: string,
  detail: string,
  params: Readonly<Record<string, unknown>>,
): Promise<{ createdAt: Date }> {
  const entry = {
    ...{ id: randomUUID(), sagaId: null, batchId: null, action, revision: null },
    ...{ actor, role, reason, params, idempotencyKey: null },
  };
  return appendApplied(sql, entry, detail, now);
}
