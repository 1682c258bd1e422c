/**
 * The plan of a batch of sagas: chooses its set, and previews the action on each. Sagas are read a page at a time, and of each only
 * its hash is kept, beside the few that are listed: so ten thousand take no more memory than a page, and requests are answered in between.
 */
import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Total } from '#engine/definition/definition.ts';
import type { SagaRow } from '#engine/saga.ts';
import type { PlannedTarget } from '#orchestrator/saga-batches/act-on-sagas.ts';
import { Problem } from '#platform/http/problem.ts';
import { canonicalJson } from '#protocol/canonical-json.ts';
import type { ApiParts } from './parts.ts';
import { preview } from './plan-action.ts';
import type { RequestedAction } from './requested-action.ts';
import { searchOf } from './saga-query.ts';
import { type Plan, type PlannedMessage, shownTotal, toPlanned } from './views/plan.ts';
import {
  EXAMPLES_MAX,
  LISTED_MAX,
  type ListedPlan,
  REASONS_MAX,
  SAGAS_MAX,
  type SagaBatchPlan,
} from './views/saga-batch-plan.ts';
import type { SagaBatchRequest } from './views/saga-batch-request.ts';

/** Sagas that are read, and previewed, at once. */
const PAGE = 100;

type Applies = Extract<Plan, { outcome: 'applies' }>;

/** The action that each saga of a batch gets. */
export type ActionOnAll = Pick<RequestedAction, 'action' | 'actor' | 'role' | 'reason' | 'params'>;

/** A batch's plan with its targets, in the order of its numbers. */
export interface PlannedBatch {
  readonly plan: SagaBatchPlan;
  readonly targets: readonly PlannedTarget[];
}

/**
 * Plans a batch.
 * @throws Problem `conflict` when more sagas match than a batch takes, and no limit chooses among them
 */
export async function plannedSagaBatch(
  parts: ApiParts,
  request: SagaBatchRequest,
  all: ActionOnAll,
): Promise<PlannedBatch> {
  const { ids, isComplete } = await chosen(parts, request);
  const sums = new Sums(request.from);
  for (let at = 0; at < ids.length; at += PAGE) {
    const page = ids.slice(at, at + PAGE);
    const rows = new Map((await parts.sagaBatches.sagas(page)).map((row) => [row.id, row]));
    const applying: Array<{ row: SagaRow; plan: Applies }> = [];
    for (const id of page) {
      const row = rows.get(id);
      const plan = row === undefined ? null : preview(parts, row, requestOn(row, all));
      if (row === undefined) sums.leave(id, 'There is no such saga');
      else if (plan === null)
        sums.leave(id, `This API does not run ${row.definition} v${row.definitionVersion}`);
      else if (plan.outcome === 'applies') applying.push({ row, plan });
      else sums.leave(id, plan.detail.replaceAll(id, 'ID'));
    }
    const wanted = applying.flatMap(({ row: { id: sagaId }, plan }) =>
      plan.again.map((one) => ({ sagaId, ...one })),
    );
    const repeats = new Map((await parts.views.commands(wanted)).map((sent) => [sent.event.id, sent]));
    for (const { row, plan } of applying) {
      const again = plan.again.flatMap(({ commandId }) => repeats.get(commandId) ?? []);
      const messages = [...plan.sends, ...again.map((sent) => toPlanned(plan.definition, sent, true))];
      sums.add(row, all.action === 'cancel' ? null : row.revision, plan, messages);
    }
    await nextTurn();
  }
  const { action, perSecond, from } = request;
  return {
    targets: sums.targets,
    plan: {
      dryRun: true,
      action,
      sagas: sums.targets.length,
      messages: sums.messages,
      totals: [...sums.totals.values()].map(shownTotal),
      isComplete,
      impossible: sums.impossible(),
      from,
      listed: sums.listed,
      nextFrom: from - 1 + sums.listed.length < sums.targets.length ? from + LISTED_MAX : null,
      sagaIds: sums.targets.map(({ id }) => id),
      perSecond,
      planHash: hash(
        'sha256',
        canonicalJson({
          action,
          params: all.params,
          sagas: sums.targets.map(({ id, planHash }) => [id, planHash]),
        }),
      ),
    },
  };
}

/** The ids of the set, oldest first. */
async function chosen(
  parts: ApiParts,
  { filter, sagaIds, limit }: SagaBatchRequest,
): Promise<{ ids: readonly string[]; isComplete: boolean }> {
  if (filter === undefined) {
    const named = [...new Set(sagaIds)].toSorted();
    return { ids: named.slice(0, limit), isComplete: limit === undefined || named.length <= limit };
  }
  const search = searchOf(parts, filter, 'oldest', parts.now());
  const { sagas, isComplete } = await parts.views.matching(search, limit ?? SAGAS_MAX);
  if (!isComplete && limit === undefined)
    throw new Problem(
      'conflict',
      `More than ${SAGAS_MAX} sagas match, or may: narrow the filter, or give a limit to take the oldest`,
    );
  return { ids: sagas.map(({ id }) => id), isComplete };
}

function requestOn(row: SagaRow, all: ActionOnAll): RequestedAction {
  return { ...all, revision: row.revision, idempotencyKey: null, planHash: null };
}

/** What a plan adds up. */
class Sums {
  readonly targets: PlannedTarget[] = [];
  readonly totals = new Map<string, Total>();
  readonly listed: ListedPlan[] = [];
  messages = 0;
  readonly #from: number;
  readonly #left = new Map<string, { sagas: number; examples: string[] }>();

  constructor(from: number) {
    this.#from = from;
  }

  /** Adds a saga on which the action is possible. */
  add(row: SagaRow, revision: number | null, plan: Applies, messages: readonly PlannedMessage[]): void {
    const { planHash, status, state, holds } = plan;
    this.targets.push({ id: row.id, revision, planHash });
    this.messages += messages.length;
    for (const { text: _, ...one } of plan.totalsOf(messages)) {
      const key = [one.kind, one.effect, one.of].join('\n');
      this.totals.set(key, { ...one, quantity: one.quantity + (this.totals.get(key)?.quantity ?? 0) });
    }
    const number = this.targets.length;
    if (number < this.#from || this.listed.length >= LISTED_MAX) return;
    this.listed.push({
      number,
      sagaId: row.id,
      status: row.status,
      state: row.state,
      next: { status, state },
      sends: messages,
      holds,
      planHash,
      links: { saga: `/v1/sagas/${row.id}` },
    });
  }

  /** Leaves a saga on which it is not. */
  leave(id: string, why: string): void {
    const group = this.#left.get(why) ?? { sagas: 0, examples: [] };
    group.sagas += 1;
    if (group.examples.length < EXAMPLES_MAX) group.examples.push(id);
    this.#left.set(why, group);
  }

  /** The groups of those, the greatest first. */
  impossible(): SagaBatchPlan['impossible'] {
    return [...this.#left]
      .map(([why, group]) => ({ why, ...group }))
      .sort((a, b) => b.sagas - a.sagas)
      .slice(0, REASONS_MAX);
  }
}
