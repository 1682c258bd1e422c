/** Acts on many sagas: each exactly as its plan says, in waves that are judged by how the sagas end. */
import { hash } from 'node:crypto';
import { ACTIONS, type ActionName, actionMessage } from '#engine/control.ts';
import type { Outbox } from '#engine/ports.ts';
import type { BatchKind } from '#orchestrator/batches/batch-kind.ts';
import type { ActionRow } from '#orchestrator/store/action-rows.ts';
import type { BatchItem, BatchRow, BatchTarget, ItemOutcome } from '#orchestrator/store/batch-rows.ts';
import type { BatchAction, SagaBatchStore } from '#orchestrator/store/saga-batch-store.ts';
import { publishWithin } from '#platform/batching/publication.ts';
import { judge } from './judge.ts';
import { ACTED } from './outcomes.ts';
import { nextWave } from './ramp.ts';

/** How long a failure may delay a saga after the action; a gateway's breaker closes sooner, ms. */
const DELAY_MS = 15_000;
/** How much longer a participant may be silent: payment takes up what waited for its gateway slowly. */
const SILENCE_PER_DELAY = 2;

/** What a batch of sagas keeps beside its targets. */
export interface SagaBatchParams {
  /** Of the action: the evidence of a skip, the fields of an edit. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly stopShare: number;
  readonly watchMs: number;
}

/** A saga with what its author approved. */
export interface PlannedTarget {
  readonly id: string;
  /** null: of a cancellation, which names none. */
  readonly revision: number | null;
  readonly planHash: string;
}

export interface SagaBatchParts {
  readonly sagas: Pick<SagaBatchStore, 'append' | 'acted'>;
  readonly outbox: Outbox;
  readonly now: () => number;
  readonly delayMs?: number;
}

/** The names of these kinds end so. */
export const OF_SAGAS = '-sagas';

/** The name of a batch's kind, which is its action in the audit: `retry-sagas`. */
export function kindOf(action: ActionName): string {
  return action + OF_SAGAS;
}

/** A target as the batch keeps it. */
export function targetOf({ id, revision, planHash }: PlannedTarget): BatchTarget {
  return { target: id, seen: { revision, planHash } };
}

/** The id of the action on an item: a wave that is carried out again appends no second one. */
export function actionIdOf(batchId: string, number: number): string {
  const h = hash('sha256', `${batchId}/${number}`);
  // As a UUID of version 8 (RFC 9562), whose content is the application's own.
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

/** A kind of batch for each action on a saga. */
export function sagaBatches(parts: SagaBatchParts): BatchKind[] {
  return ACTIONS.map((action) => actOnSagas(action, parts));
}

function actOnSagas(action: ActionName, parts: SagaBatchParts): BatchKind {
  const { sagas, outbox, now, delayMs = DELAY_MS } = parts;
  return {
    name: kindOf(action),
    isJudged: true,

    waveOf: (batch, { waiting }, waves) =>
      nextWave({ perSecond: batch.perSecond, stopShare: paramsOf(batch).stopShare }, waiting, waves, now()),

    async act(batch, items) {
      const wanted = items.map((item) => actionOn(action, batch, item));
      const rows = await sagas.append(batch.id, wanted, now);
      // Not awaited: the rows are durable, and their `due_at` has the sweeper publish them again.
      void publishWithin(outbox, rows.filter(({ state }) => state === 'waiting').map(messageOf));
      return items.map(({ number }) => ({ number, state: 'watched', outcome: ACTED, detail: null }));
    },

    async watch(batch, items) {
      const known = new Map(items.map((item) => [item.number, item]));
      const found = await sagas.acted(
        items.map(({ number, target }) => ({
          number,
          sagaId: target,
          actionId: actionIdOf(batch.id, number),
        })),
      );
      const { watchMs } = paramsOf(batch);
      return found.flatMap((saga): ItemOutcome[] => {
        const actedAtMs = known.get(saga.number)?.actedAt?.getTime() ?? 0;
        const verdict = judge(
          action,
          saga,
          actedAtMs,
          { watchMs, delayMs, silenceMs: delayMs * SILENCE_PER_DELAY },
          now(),
        );
        return verdict === null ? [] : [{ number: saga.number, state: 'ended', ...verdict }];
      });
    },
  };
}

function actionOn(action: ActionName, batch: BatchRow, { number, target, seen }: BatchItem): BatchAction {
  const { actor, role, reason } = batch;
  const { revision, planHash } = seen as Pick<PlannedTarget, 'revision' | 'planHash'>;
  return {
    id: actionIdOf(batch.id, number),
    sagaId: target,
    action,
    revision,
    actor,
    role,
    reason,
    params: paramsOf(batch).params,
    planHash,
  };
}

function messageOf(row: ActionRow) {
  const { id, sagaId, action, revision, actor, reason, params, planHash, createdAt } = row;
  const planned = planHash === null ? {} : { planHash };
  const data = { actionId: id, action, revision, actor, reason, params, ...planned };
  return actionMessage(sagaId, data, createdAt.getTime());
}

function paramsOf({ params }: BatchRow): SagaBatchParams {
  return params as unknown as SagaBatchParams;
}
