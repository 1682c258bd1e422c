/** Tokens ended early, on PostgreSQL: each ending with an entry of the audit in one transaction, and deleted once it is of no use. */
import { ENDED_TOKENS_MAX, ENDING_MS } from '#platform/identity/ended-tokens.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { ActionRow } from './action-rows.ts';
import type { ChangedBy } from './api-key-store.ts';
import { appendApplied, lockAudit, underKey } from './append-audit.ts';

/** The action of the audit's entries. */
export const END_TOKENS = 'end-tokens';

/** What is ended: all tokens that a subject was issued so far, or one token by its id (`jti`). */
export type Ended =
  | { readonly subject: string; readonly tokenId: null }
  | { readonly subject: null; readonly tokenId: string };

/** An ending in force. */
export type EndedTokensRow = Ended & {
  readonly id: string;
  readonly endedAt: Date;
  readonly endedBy: string;
  /** By then all tokens that it ends have expired. */
  readonly expiresAt: Date;
};

export interface EndRequest {
  /** Of the ending, and of the audit's entry. */
  readonly id: string;
  readonly ended: Ended;
  readonly by: ChangedBy;
  readonly idempotencyKey: string | null;
}

export interface EndedTokenStore {
  /**
   * Ends tokens. `full`: as many endings are in force as processes hold. `mismatch`: the admin used the key for something else.
   * Under a key that was used for the same before, the ending of that time.
   */
  end(request: EndRequest): Promise<EndedTokensRow | 'full' | 'mismatch'>;
  /** The endings in force that are older than one, newest first. @param before null: from the newest */
  list(
    before: { readonly endedAt: Date; readonly id: string } | null,
    limit: number,
  ): Promise<EndedTokensRow[]>;
  /** An ending by its id; null when there is none, or none any more. */
  read(id: string): Promise<EndedTokensRow | null>;
  /** Deletes the endings whose tokens have all expired. */
  deleteExpired(): Promise<void>;
}

const COLUMNS = `id::text, subject, token_id AS "tokenId", ended_at AS "endedAt", ended_by AS "endedBy",
  expires_at AS "expiresAt"`;

/** The store of ended tokens. */
export function endedTokenStore(db: Database, now: () => number): EndedTokenStore {
  return {
    end: ({ id, ended, by, idempotencyKey }) =>
      db.transaction(async (sql) => {
        // The number of rows stays what is counted here, and a key is used once.
        await lockAudit(sql);
        const earlier = await underKey(sql, by.actor, idempotencyKey);
        if (earlier !== null) return isSame(earlier, ended, by) ? rowOf(earlier, ended) : 'mismatch';
        await deleteExpired(sql, now());
        const [counted] = await sql.query<{ rows: number }>(
          'SELECT count(*)::int AS rows FROM identity.ended_tokens',
        );
        if ((counted?.rows ?? 0) >= ENDED_TOKENS_MAX) return 'full';
        // The detail stays when the entry's subject is erased: it names nobody.
        const detail = ended.subject === null ? 'the token is ended' : 'the tokens issued so far are ended';
        // Nor the plan’s hash: whoever guesses a subject could prove it by that.
        const { actor, role, reason } = by;
        const entry = { id, sagaId: null, batchId: null, action: END_TOKENS, revision: null };
        const params = paramsOf(ended);
        const appended = await appendApplied(
          sql,
          { ...entry, actor, role, reason, params, idempotencyKey },
          detail,
          now,
        );
        const row = rowOf(appended, ended);
        await sql.execute(
          `INSERT INTO identity.ended_tokens (id, subject, token_id, ended_at, ended_by, expires_at)
           VALUES ($1::uuid, $2, $3, $4::timestamptz, $5, $6::timestamptz)`,
          id,
          row.subject,
          row.tokenId,
          row.endedAt,
          row.endedBy,
          row.expiresAt,
        );
        return row;
      }),

    list: (before, limit) =>
      db.query<EndedTokensRow>(
        `SELECT ${COLUMNS} FROM identity.ended_tokens
          WHERE expires_at > $1::timestamptz
            AND ($2::timestamptz IS NULL OR (ended_at, id) < ($2::timestamptz, $3::uuid))
          ORDER BY ended_at DESC, id DESC LIMIT $4`,
        new Date(now()),
        before?.endedAt ?? null,
        before?.id ?? null,
        limit,
      ),

    async read(id) {
      const text = `SELECT ${COLUMNS} FROM identity.ended_tokens WHERE id = $1::uuid AND expires_at > $2::timestamptz`;
      return (await db.query<EndedTokensRow>(text, id, new Date(now())))[0] ?? null;
    },

    deleteExpired: () => deleteExpired(db, now()),
  };
}

async function deleteExpired(sql: Sql, nowMs: number): Promise<void> {
  await sql.execute('DELETE FROM identity.ended_tokens WHERE expires_at <= $1::timestamptz', new Date(nowMs));
}

function paramsOf({ subject, tokenId }: Ended): Readonly<Record<string, string>> {
  return subject === null ? { tokenId } : { subject };
}

function isSame(earlier: ActionRow, { subject, tokenId }: Ended, { reason }: ChangedBy): boolean {
  const { params } = earlier;
  // Not every entry is an action on a saga, as the row's type has it.
  const action: string = earlier.action;
  if (action !== END_TOKENS || earlier.reason !== reason) return false;
  return subject === null ? params['tokenId'] === tokenId : params['subject'] === subject;
}

function rowOf({ id, actor, createdAt }: ActionRow, ended: Ended): EndedTokensRow {
  return {
    ...ended,
    id,
    endedAt: createdAt,
    endedBy: actor,
    expiresAt: new Date(createdAt.getTime() + ENDING_MS),
  };
}
