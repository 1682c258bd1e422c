/**
 * Resumes the sagas that released brakes hold, in the order in which they began, at each release's rate, each by an action of the person
 * who released the brake. Newcomers are held behind them until fewer are held than the rate allows: then the brake opens. So the rate
 * bounds all of them, whatever comes meanwhile.
 */
import { randomUUID } from 'node:crypto';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import type { ActionRow } from './action-rows.ts';
import { appendAll } from './append-audit.ts';

/** A pause of the process that resumes is not made up for by a burst. */
const ALLOWANCE_MAX_MS = 2_000;
const AT_ONCE_MAX = 500;
/**
 * So long engines may take to heed that it opened, for they read the brakes once a second: an opened brake that holds nothing has then
 * ended. What one that took longer still held is resumed all the same, see `ATTENDED`.
 */
const SETTLED_MS = 3_000;
/** So long sagas that an ended brake still holds, against all expectation, are resumed too. */
const ATTENDED = '1 day';

/**
 * Where a command is held anew, an earlier release stands still; of two releases the earlier one comes first, for together they would
 * exceed the rate of each.
 */
const COMES_FIRST = `o.holds = b.holds AND o.id <> b.id
  AND (o.released_at IS NULL OR (o.opened_at IS NULL AND b.opened_at IS NULL AND (o.set_at, o.id) < (b.set_at, b.id)))`;

/** Searched as text, as the engine writes it, like the documents of a search: parsing each takes longer than a page may. */
export const HELD_BY = `s.paused AND strpos(s.pending::text, '"brake":{"id":"' || $1::text || '"') > 0`;

/**
 * Resumes as many sagas as the rates of the released brakes allow by now. A brake whose row another process has locked is that one's.
 * @returns the actions, to be published
 */
export async function resumeReleased(sql: Sql, now: () => number): Promise<ActionRow[]> {
  const released = await sql.query<Released>(
    `SELECT id::text, per_second AS "perSecond", released_by AS actor, released_role AS role,
            release_reason AS reason, opened_at AS "openedAt", resumed_to AS "resumedTo", ended_at AS "endedAt"
       FROM orchestrator.brakes b
      WHERE resumed_to < $1::timestamptz AND (ended_at IS NULL OR ended_at > now() - interval '${ATTENDED}')
        AND NOT EXISTS (SELECT FROM orchestrator.brakes o WHERE ${COMES_FIRST})
      ORDER BY id FOR UPDATE SKIP LOCKED`,
    new Date(now()),
  );
  const resumed: ActionRow[] = [];
  for (const brake of released) resumed.push(...(await resumeOf(sql, brake, now)));
  return resumed;
}

interface Released {
  readonly id: string;
  readonly perSecond: number;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly openedAt: Date | null;
  readonly resumedTo: Date;
  readonly endedAt: Date | null;
}

/** Resumes as many sagas of a brake as its rate allows by now. */
async function resumeOf(sql: Sql, brake: Released, now: () => number): Promise<ActionRow[]> {
  const nowMs = now();
  const from = Math.max(brake.resumedTo.getTime(), nowMs - ALLOWANCE_MAX_MS);
  const byRate = Math.min(AT_ONCE_MAX, Math.floor(((nowMs - from) * brake.perSecond) / 1000));
  if (byRate < 1) return [];
  // While no engine takes them, no more are requested: it would let go of all of them at once.
  const untaken = await untakenOf(sql, brake);
  const allowed = Math.min(byRate, untakenMax(brake) - untaken);
  if (allowed < 1) return [];
  // IS TRUE: the index of a batch's actions, or the partial one of waiting ones, would be read from end to end for each saga.
  const held = await sql.query<{ id: string; revision: number }>(
    `SELECT s.id::text, s.revision FROM orchestrator.sagas s
      WHERE ${HELD_BY} AND NOT EXISTS (SELECT FROM orchestrator.actions a
              WHERE ${probe('a.saga_id', 's.id')} AND (a.batch_id = $1::uuid AND a.state = 'waiting') IS TRUE)
      ORDER BY s.id LIMIT $2::int`,
    brake.id,
    allowed,
  );
  const entries = held.map(({ id: sagaId, revision }) => ({
    ...{ id: randomUUID(), sagaId, batchId: brake.id, action: 'resume', revision },
    ...{
      actor: brake.actor,
      role: brake.role,
      reason: brake.reason,
      params: {},
      idempotencyKey: null,
      planHash: null,
    },
  }));
  const actions = await appendAll(sql, entries, now);
  // What is requested and not taken is held still: newcomers stay behind it.
  const opens = brake.openedAt === null && held.length < allowed && untaken < brake.perSecond;
  const isOver =
    held.length + untaken === 0 && brake.openedAt !== null && nowMs - brake.openedAt.getTime() > SETTLED_MS;
  const resumedTo = new Date(held.length < allowed ? nowMs : from + (held.length * 1000) / brake.perSecond);
  if (held.length > 0 || opens || (isOver && brake.endedAt === null))
    await sql.execute(
      `UPDATE orchestrator.brakes SET resumed = resumed + $2::int, resumed_to = $3::timestamptz,
         opened_at = CASE WHEN $6::boolean THEN $5::timestamptz ELSE opened_at END,
         ended_at = CASE WHEN $4::boolean THEN $5::timestamptz END WHERE id = $1::uuid`,
      brake.id,
      held.length,
      resumedTo,
      isOver,
      new Date(nowMs),
      opens,
    );
  return actions;
}

/** So many resumes of a brake may be requested and not taken: those of the time that is made up for after a pause. */
function untakenMax({ perSecond }: Released): number {
  return Math.max(1, Math.floor((perSecond * ALLOWANCE_MAX_MS) / 1000));
}

/**
 * The sagas of a brake whose resume no engine has taken yet; no more are counted than there may be. IS TRUE: of the waiting ones alone,
 * for a brake’s actions of all time may be many. A saga's row is a value, not a condition: the index of the paused ones would be read
 * from end to end for each of them.
 */
async function untakenOf(sql: Sql, brake: Released): Promise<number> {
  const [found] = await sql.query<{ sagas: number }>(
    `SELECT count(*)::int AS sagas FROM (
       SELECT a.saga_id FROM orchestrator.actions a
        WHERE a.state = 'waiting' AND (a.batch_id = $1::uuid) IS TRUE LIMIT $2::int) w
      WHERE (SELECT s.paused FROM orchestrator.sagas s WHERE ${probe('s.id', 'w.saga_id')})`,
    brake.id,
    untakenMax(brake),
  );
  return found?.sagas ?? 0;
}
