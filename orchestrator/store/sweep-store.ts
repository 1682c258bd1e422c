/** The sweeper's store on PostgreSQL: claims under a lease, and writes to its own columns. */

import { type ActionName, actionMessage } from '#engine/control.ts';
import type { SweepStore } from '#engine/ports.ts';
import type { SweepState } from '#engine/sweep-state.ts';
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import { by } from './order.ts';
import { readCommands } from './read-commands.ts';
import { LEASE_DOUBLINGS, type RawSaga, SAGA_COLUMNS, toSagaRow } from './tables.ts';

interface RawAction {
  id: string;
  saga_id: string;
  action: ActionName;
  revision: number | null;
  actor: string;
  reason: string;
  params: Record<string, unknown>;
  plan_hash: string | null;
  created_at: Date;
}

const CHECKS = columns({ sagaId: 'uuid', version: 'int4', sweepState: 'json', dueAt: 'timestamptz' });

const WRITE_CHECKS = `
UPDATE orchestrator.sagas s SET sweep_state = l."sweepState", due_at = l."dueAt", claims = 0
  FROM ${CHECKS.from('l')}
 WHERE ${probe('s.id', 'l."sagaId"')} AND s.version = l.version AND (s.due_at IS NULL) IS FALSE
RETURNING s.id::text`;

/** Where the saga has ended meanwhile, or the action has its outcome, there is nothing left to check. */
const RELEASE_SAGAS = `
UPDATE orchestrator.sagas SET checks = GREATEST(checks - 1, 0), claims = GREATEST(claims - 1, 0), due_at = LEAST(due_at, $2::timestamptz)
 WHERE id = ANY($1::uuid[]) AND (due_at IS NULL) IS FALSE`;
const RELEASE_ACTIONS = `
UPDATE orchestrator.actions SET checks = GREATEST(checks - 1, 0), due_at = LEAST(due_at, $2::timestamptz)
 WHERE id = ANY($1::uuid[]) AND ended_at IS NULL`;

/** The sweeper's store. It never moves a saga's version and never writes the engine's columns. */
export function sweepStore(db: Database): SweepStore {
  return {
    async claimDue(now, leaseUntil, limit) {
      const claimed = await db.query<RawSaga & { sweepState: SweepState; checks: number }>(
        `WITH due AS MATERIALIZED (SELECT id FROM orchestrator.sagas
            WHERE due_at <= $1::timestamptz ORDER BY due_at LIMIT $3::int FOR UPDATE SKIP LOCKED)
         UPDATE orchestrator.sagas s SET checks = s.checks + 1, claims = s.claims + 1,
           due_at = $1::timestamptz + ($2::timestamptz - $1::timestamptz) * power(2, LEAST(s.claims, $4::int))
           FROM due WHERE ${probe('s.id', 'due.id')}
         RETURNING ${SAGA_COLUMNS}, s.sweep_state AS "sweepState", s.checks`,
        now,
        leaseUntil,
        limit,
        LEASE_DOUBLINGS,
      );
      return claimed.map((raw) => ({ row: toSagaRow(raw), sweepState: raw.sweepState, checks: raw.checks }));
    },

    async writeChecks(checks) {
      const written = await db.query<{ id: string }>(
        inMonth(
          db,
          checks.map(({ sagaId }) => sagaId),
          WRITE_CHECKS,
        ),
        // Locked in the order of their ids, as the engine does: neither waits for the other in a circle.
        ...CHECKS.values([...checks].sort(by(({ sagaId }) => sagaId))),
      );
      return new Set(written.map((row) => row.id));
    },

    async release({ sagaIds, actionIds }, now) {
      if (sagaIds.length > 0) await db.execute(RELEASE_SAGAS, sagaIds.toSorted(), now);
      if (actionIds.length > 0) await db.execute(RELEASE_ACTIONS, actionIds.toSorted(), now);
    },

    async claimActions(now, leaseUntil, limit) {
      const claimed = await db.query<RawAction>(
        `WITH due AS MATERIALIZED (SELECT id FROM orchestrator.actions
            WHERE state = 'waiting' AND due_at <= $1::timestamptz ORDER BY due_at LIMIT $3::int FOR UPDATE SKIP LOCKED)
         UPDATE orchestrator.actions a SET checks = a.checks + 1,
           due_at = $1::timestamptz + ($2::timestamptz - $1::timestamptz) * power(2, LEAST(a.checks, $4::int)) FROM due WHERE ${probe('a.id', 'due.id')}
         RETURNING a.id::text, a.saga_id::text, a.action, a.revision, a.actor, a.reason, a.params, a.plan_hash, a.created_at`,
        now,
        leaseUntil,
        limit,
        LEASE_DOUBLINGS,
      );
      return claimed.map(
        ({ id, saga_id, action, revision, actor, reason, params, plan_hash, created_at }) => {
          const planned = plan_hash !== null && { planHash: plan_hash };
          const data = { actionId: id, action, revision, actor, reason, params, ...planned };
          return {
            actionId: id,
            sagaId: saga_id,
            message: actionMessage(saga_id, data, created_at.getTime()),
          };
        },
      );
    },

    readCommands: (commands) => readCommands(db, commands),
  };
}
