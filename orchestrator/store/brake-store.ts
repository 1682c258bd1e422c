/**
 * Brakes on PostgreSQL: set and released each with an entry of the audit in one transaction, and what they hold counted. What a release
 * then does is in `brake-release.ts`.
 */
import type { Database, Sql } from '#platform/postgres/database.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import type { Approves, Changed } from '#protocol/plan-hash.ts';
import type { ActionRow } from './action-rows.ts';
import type { ChangedBy } from './api-key-store.ts';
import { appendApplied, lockAudit, underKey } from './append-audit.ts';
import { resumeReleased } from './brake-release.ts';
import type { Spared } from './spare.ts';
import { type Weighed, weighing } from './weigh-sagas.ts';

/** The actions of the audit's entries. */
export const SET_BRAKE = 'brake';
export const RELEASE_BRAKE = 'release-brake';

/** What a brake holds that stops new sagas from being accepted; any other holds a type of command. */
export const INTAKE = 'intake';

export interface BrakeRow {
  readonly id: string;
  /** `intake`, or the type of a command. */
  readonly holds: string;
  readonly reason: string;
  readonly setBy: string;
  readonly setAt: Date;
  readonly releasedBy: string | null;
  readonly releaseReason: string | null;
  readonly releasedAt: Date | null;
  /** Sagas that the release lets go on a second; null: it is in force. */
  readonly perSecond: number | null;
  /** Sagas that it has resumed so far. */
  readonly resumed: number;
  /** Once released: since when it holds nothing new. */
  readonly openedAt: Date | null;
  /** Since when it holds nothing any more. */
  readonly endedAt: Date | null;
}

/** What a brake's plan promises, beside what it holds. */
export interface HeldNow {
  readonly inForce: boolean;
}

interface Change {
  /** Of the audit's entry. */
  readonly id: string;
  readonly by: ChangedBy;
  readonly idempotencyKey: string | null;
}

export interface BrakeStore {
  /**
   * Sets a brake. Under a key that was used for the same before, the brake of that time. `in-force`: that is held already.
   * `mismatch`: the key was used for something else.
   */
  set(
    change: Change & { readonly holds: string; readonly approves?: Approves<HeldNow> },
  ): Promise<BrakeRow | Changed<HeldNow> | 'in-force' | 'mismatch'>;
  /**
   * Releases a brake, or gives its release another rate; under the key again, the same. `released`: it is released at that rate, or has
   * opened. Null: there is none.
   */
  release(
    brakeId: string,
    change: Change & { readonly perSecond: number; readonly approves?: Approves<BrakeRow> },
  ): Promise<BrakeRow | Changed<BrakeRow> | 'released' | 'mismatch' | null>;
  read(id: string): Promise<BrakeRow | null>;
  /** Whether that is held already. */
  isHeld(holds: string): Promise<boolean>;
  /** Newest first; those that are older than one. */
  list(before: BrakeRow | null, limit: number): Promise<BrakeRow[]>;
  /** The live sagas that have yet to come to a command. */
  ahead(command: string): Promise<Spared<Weighed>>;
  /** Sagas that began in the last minute, a second. */
  newPerSecond(): Promise<number>;
  /** The sagas that a brake holds. */
  held(brakeId: string): Promise<Spared<Weighed>>;
  /**
   * Resumes sagas of released brakes, as far as their rates allow since the last call, of whichever process.
   * @returns the actions, to be published
   */
  resumeSome(): Promise<ActionRow[]>;
}

const INFLOW_MS = 60_000;
/** Beyond it the inflow is a lower bound. */
const INFLOW_MAX = 200_000;
const COLUMNS = `b.id::text, b.holds, b.reason, b.set_by AS "setBy", b.set_at AS "setAt", b.released_by AS "releasedBy",
  b.release_reason AS "releaseReason", b.released_at AS "releasedAt", b.per_second AS "perSecond", b.resumed,
  b.opened_at AS "openedAt", b.ended_at AS "endedAt"`;

/** The store of brakes. */
export function brakeStore(db: Database, now: () => number): BrakeStore {
  const read = async (sql: Pick<Sql, 'query'>, id: string): Promise<BrakeRow | null> =>
    (
      await sql.query<BrakeRow>(`SELECT ${COLUMNS} FROM orchestrator.brakes b WHERE b.id = $1::uuid`, id)
    )[0] ?? null;
  const weighed = weighing(db, now);
  return {
    set: ({ id, holds, by, idempotencyKey, approves }) =>
      db.transaction(async (sql) => {
        await lockAudit(sql);
        const earlier = await underKey(sql, by.actor, idempotencyKey);
        if (earlier !== null)
          return isSame(earlier, SET_BRAKE, by, { holds })
            ? ((await read(sql, earlier.id)) ?? 'mismatch')
            : 'mismatch';
        const inForce = await isHeld(sql, holds);
        if (approves?.({ inForce }) === false) return { changed: { inForce } };
        if (inForce) return 'in-force';
        const entry = entryOf({ id, by, idempotencyKey }, SET_BRAKE, { holds });
        const { createdAt } = await appendApplied(sql, entry, `${holds} is held`, now);
        await sql.execute(
          `INSERT INTO orchestrator.brakes (id, holds, reason, set_by, set_at) VALUES ($1::uuid, $2, $3, $4, $5::timestamptz)`,
          id,
          holds,
          by.reason,
          by.actor,
          createdAt,
        );
        return (await read(sql, id)) as BrakeRow;
      }),

    release: (brakeId, { id, perSecond, by, idempotencyKey, approves }) =>
      db.transaction(async (sql) => {
        await lockAudit(sql);
        const brake = await read(sql, brakeId);
        if (brake === null) return null;
        const params = { brakeId, perSecond };
        const earlier = await underKey(sql, by.actor, idempotencyKey);
        if (earlier !== null) return isSame(earlier, RELEASE_BRAKE, by, params) ? brake : 'mismatch';
        if (approves?.(brake) === false) return { changed: brake };
        if (brake.openedAt !== null || brake.perSecond === perSecond) return 'released';
        const entry = entryOf({ id, by, idempotencyKey }, RELEASE_BRAKE, params);
        const detail = `${brake.holds} is released at ${perSecond} a second`;
        const { createdAt } = await appendApplied(sql, entry, detail, now);
        await sql.execute(
          `UPDATE orchestrator.brakes SET released_by = $2, released_role = $3, release_reason = $4,
             released_at = COALESCE(released_at, $5::timestamptz), resumed_to = COALESCE(resumed_to, $5::timestamptz),
             per_second = $6::int, opened_at = CASE WHEN holds = '${INTAKE}' THEN $5::timestamptz END
            WHERE id = $1::uuid`,
          brakeId,
          by.actor,
          by.role,
          by.reason,
          createdAt,
          perSecond,
        );
        return (await read(sql, brakeId)) as BrakeRow;
      }),

    read: (id) => read(db, id),

    isHeld: (holds) => isHeld(db, holds),

    list: (before, limit) =>
      db.query<BrakeRow>(
        `SELECT ${COLUMNS} FROM orchestrator.brakes b
          WHERE $1::timestamptz IS NULL OR (b.set_at, b.id) < ($1::timestamptz, $2::uuid)
          ORDER BY b.set_at DESC, b.id DESC LIMIT $3`,
        before?.setAt ?? null,
        before?.id ?? null,
        limit,
      ),

    ahead: (command) => weighed({ rows: 'ahead', value: command }),

    newPerSecond: async () => {
      const sinceMs = now() - INFLOW_MS;
      const [row] = await db.query<{ sagas: number }>(
        `SELECT count(*)::int AS sagas FROM (
           SELECT FROM orchestrator.sagas WHERE id >= $1::uuid LIMIT ${INFLOW_MAX}) s`,
        uuidv7Floor(sinceMs),
      );
      return ((row?.sagas ?? 0) * 1000) / INFLOW_MS;
    },

    held: (brakeId) => weighed({ rows: 'held', value: brakeId }),

    resumeSome: () => db.transaction((sql) => resumeReleased(sql, now)),
  };
}

async function isHeld(sql: Pick<Sql, 'query'>, holds: string): Promise<boolean> {
  const inForce = 'SELECT FROM orchestrator.brakes WHERE holds = $1 AND released_at IS NULL';
  return (await sql.query(inForce, holds)).length > 0;
}

function entryOf(
  { id, by, idempotencyKey }: Change,
  action: string,
  params: Readonly<Record<string, unknown>>,
) {
  const { actor, role, reason, planHash } = by;
  return {
    id,
    sagaId: null,
    batchId: null,
    action,
    revision: null,
    actor,
    role,
    reason,
    params,
    idempotencyKey,
    planHash,
  };
}

function isSame(
  earlier: ActionRow,
  action: string,
  { reason }: ChangedBy,
  params: Readonly<Record<string, unknown>>,
): boolean {
  const done: string = earlier.action;
  return (
    done === action &&
    earlier.reason === reason &&
    Object.entries(params).every(([name, value]) => earlier.params[name] === value)
  );
}
