/** Requests to erase a customer: the API stores them, and the retention process carries them out. */
import { randomUUID } from 'node:crypto';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import type { Approves, Changed } from '#protocol/plan-hash.ts';
import type { ActionRow } from './action-rows.ts';
import type { ChangedBy } from './api-key-store.ts';
import { appendApplied, underKey, wasAppended } from './append-audit.ts';

/** What stands in the place of an erased customer's id. */
const SUBJECT_PREFIX = 'erased-';

/** A request with its state; it does not show whom it erases. */
export interface Erasure {
  readonly id: string;
  /** In the place of the customer's id, in every table. */
  readonly subject: string;
  readonly state: 'waiting' | 'done';
  /** What it waits for, or what was erased; null: nobody has begun. */
  readonly detail: string | null;
  readonly requestedAt: Date;
  readonly endedAt: Date | null;
}

/** Its reason must not name the customer: the audit keeps it. */
export interface ErasureRequest extends ChangedBy {
  /** Of the request: a repeat after an unknown outcome finds it. */
  readonly id: string;
  readonly customerId: string;
  /** The same again under it is answered with the request of that time. */
  readonly idempotencyKey?: string | null;
  /** Whether its author saw this plan; undefined: they named none. */
  readonly approves?: Approves<ErasurePlan> | undefined;
}

/** What an erasure would erase as things stand. */
export interface ErasurePlan {
  /** The customer's orders, `ORDERS_COUNTED` at the most. */
  readonly orders: number;
  /** Those of them that have not ended: the erasure would wait for them. */
  readonly underWay: number;
  /** The request that waits already; null: none does. */
  readonly waiting: string | null;
}

/** The action of the audit's entries. */
const REQUEST = 'request-erasure';
/** So many orders of a customer a plan counts. */
export const ORDERS_COUNTED = 10_000;

export interface ErasureStore {
  /** What a request would erase now. It changes nothing. */
  plan(customerId: string): Promise<ErasurePlan>;
  /**
   * Stores a request, and enters it into the audit. While one for the same customer waits, returns that one. `mismatch`: the key was
   * used for something else.
   */
  request(request: ErasureRequest, now: () => number): Promise<Erasure | Changed<ErasurePlan> | 'mismatch'>;
  read(id: string): Promise<Erasure | null>;
}

const COLUMNS = `id::text, subject, state, detail, requested_at AS "requestedAt", ended_at AS "endedAt"`;

const PLAN = `
SELECT count(*)::int AS orders, (count(*) FILTER (WHERE s.id IS NOT NULL AND s.ended_at IS NULL))::int AS "underWay",
    (SELECT id::text FROM orchestrator.erasures WHERE state = 'waiting' AND customer_id = $1) AS waiting
  FROM (SELECT id FROM orchestrator.orders WHERE customer_id = $1 ORDER BY id DESC LIMIT $2::int) o
  LEFT JOIN orchestrator.sagas s ON ${probe('s.id', 'o.id')}`;

export function erasureStore(db: Database): ErasureStore {
  return {
    plan: (customerId) => planOf(db, customerId),

    request: ({ id, customerId, actor, role, reason, idempotencyKey = null, approves }, now) =>
      db.transaction(async (sql) => {
        // Writers of the audit take turns, so that a customer has one waiting request.
        const isDone = await wasAppended(sql, id);
        const earlier = isDone ? null : await underKey(sql, actor, idempotencyKey);
        if (earlier !== null) return (await requestedBy(sql, earlier, customerId, reason)) ?? 'mismatch';
        if (!isDone && approves !== undefined) {
          const plan = await planOf(sql, customerId);
          if (!approves(plan)) return { changed: plan };
        }
        const [known] = await sql.query<Erasure>(
          `SELECT ${COLUMNS} FROM orchestrator.erasures
            WHERE CASE WHEN $3::boolean THEN id = $1::uuid ELSE state = 'waiting' AND customer_id = $2 END`,
          id,
          customerId,
          isDone,
        );
        if (known !== undefined) return known;
        const subject = `${SUBJECT_PREFIX}${randomUUID()}`;
        const [made] = await sql.query<Erasure>(
          `INSERT INTO orchestrator.erasures (id, customer_id, subject, actor, role, reason, requested_at, action_id)
           VALUES ($1::uuid, $2, $3, $4, $5, $6, $7::timestamptz, $8::uuid) RETURNING ${COLUMNS}`,
          id,
          customerId,
          subject,
          actor,
          role,
          reason,
          new Date(now()),
          randomUUID(),
        );
        if (made === undefined) throw new Error('an INSERT of an erasure returned no row');
        const entry = { id, sagaId: null, batchId: null, action: REQUEST, revision: null };
        const params = { erasureId: id, subject };
        await appendApplied(
          sql,
          // No hash of the plan: whoever guesses the customer could prove it by that.
          { ...entry, actor, role, reason, params, idempotencyKey },
          `${subject} is to be erased`,
          now,
        );
        return made;
      }),

    async read(id) {
      const text = `SELECT ${COLUMNS} FROM orchestrator.erasures WHERE id = $1::uuid`;
      return (await db.query<Erasure>(text, id))[0] ?? null;
    },
  };
}

async function planOf(sql: Pick<Sql, 'query'>, customerId: string): Promise<ErasurePlan> {
  const [plan] = await sql.query<ErasurePlan>(PLAN, customerId, ORDERS_COUNTED);
  if (plan === undefined) throw new Error('a count returned no row');
  return plan;
}

/** The erasure that an entry of the audit requested; null: it requested something else, or of another customer. */
async function requestedBy(
  sql: Sql,
  { id, action, reason: given }: ActionRow,
  customerId: string,
  reason: string,
): Promise<Erasure | null> {
  // Not every entry is an action on a saga, as the row's type has it.
  const done: string = action;
  if (done !== REQUEST || given !== reason) return null;
  // An erased customer's request names nobody any more.
  const text = `SELECT ${COLUMNS} FROM orchestrator.erasures
    WHERE id = $1::uuid AND (customer_id IS NULL OR customer_id = $2)`;
  return (await sql.query<Erasure>(text, id, customerId))[0] ?? null;
}
