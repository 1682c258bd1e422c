/** What batches of sagas read and write: the actions of a wave, appended once, and what became of their sagas. */
import type { ActionName } from '#engine/control.ts';
import type { Failure, Incident, SagaRow, Status } from '#engine/saga.ts';
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { ActionDraft, ActionRow } from './action-rows.ts';
import { appendOnce } from './append-audit.ts';
import { type RawSaga, SAGA_COLUMNS, toSagaRow } from './tables.ts';

/** An action of a batch on a saga. */
export interface BatchAction extends Omit<ActionDraft, 'idempotencyKey'> {
  readonly action: ActionName;
}

/** A saga with the action that a batch requested. */
export interface ActedSaga {
  readonly number: number;
  /** null: the action is not there. */
  readonly actionState: ActionRow['state'] | null;
  readonly actionDetail: string | null;
  /** When the engine applied it, by the engine's clock. */
  readonly appliedAt: Date | null;
  readonly status: Status;
  readonly state: string;
  /** Why it went back; null: it did not. */
  readonly reason: string | null;
  readonly endedAt: Date | null;
  readonly stuck: Incident | null;
  readonly lastFailure: Failure | null;
  /** Whether it awaits a command, if only an undo beside its state. */
  readonly isAwaiting: boolean;
  /** Whether it awaits the command of its last failure, and its participant has not acted on it yet. */
  readonly awaitsLastFailed: boolean;
}

export interface SagaBatchStore {
  /** The sagas of these ids, in no order; those that are not there are missing. */
  sagas(ids: readonly string[]): Promise<SagaRow[]>;
  /** Appends actions to the audit, in one transaction; one that an earlier attempt has appended stays. @returns all of them */
  append(batchId: string, actions: readonly BatchAction[], now: () => number): Promise<ActionRow[]>;
  /** The sagas as they are now. */
  acted(items: ReadonlyArray<{ number: number; sagaId: string; actionId: string }>): Promise<ActedSaga[]>;
}

const IDS = columns({ id: 'uuid' });
const ITEMS = columns({ number: 'int4', sagaId: 'uuid', actionId: 'uuid' });

const READ = `SELECT ${SAGA_COLUMNS} FROM ${IDS.from('k')} JOIN orchestrator.sagas s ON ${probe('s.id', 'k.id')}`;

const ACTED = `
SELECT k.number, a.state AS "actionState", a.detail AS "actionDetail",
    CASE WHEN a.state = 'applied' THEN a.ended_at END AS "appliedAt",
    s.status, s.state, s.context -> 'failure' ->> 'reason' AS reason, s.ended_at AS "endedAt", s.stuck,
    s.last_failure AS "lastFailure", (s.pending -> 'awaiting')::text <> '{}' AS "isAwaiting",
    COALESCE((w.awaited ->> 'pending') IS NULL AND w.awaited IS NOT NULL, false) AS "awaitsLastFailed"
  FROM ${ITEMS.from('k')}
  JOIN orchestrator.sagas s ON ${probe('s.id', 'k."sagaId"')}
  LEFT JOIN orchestrator.actions a ON ${probe('a.id', 'k."actionId"')}
  CROSS JOIN LATERAL (SELECT s.pending -> 'awaiting' -> (s.last_failure ->> 'commandId') AS awaited) w`;

/** The store of batches of sagas. */
export function sagaBatchStore(db: Database): SagaBatchStore {
  return {
    async sagas(ids) {
      if (ids.length === 0) return [];
      const values = IDS.values(ids.map((id) => ({ id })));
      return (await db.query<RawSaga>(inMonth(db, ids, READ), ...values)).map(toSagaRow);
    },

    append: (batchId, actions, now) =>
      appendOnce(
        db,
        actions.map((one) => ({ ...one, batchId, idempotencyKey: null })),
        now,
      ),

    acted: (items) =>
      db.query<ActedSaga>(
        inMonth(
          db,
          items.map(({ sagaId }) => sagaId),
          ACTED,
        ),
        ...ITEMS.values(items),
      ),
  };
}
