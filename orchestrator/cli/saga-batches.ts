/** `saga batch plan|run ACTION`, and `saga retry --stuck …`: the plan of an action on many sagas, and its batch. */
import { type ActOptions, act } from './act.ts';
import { type ActionOptions, paramsOf } from './actions.ts';
import { watchBatch } from './batch-watch.ts';
import { type Batch, batchText } from './batches.ts';
import { argumentsOfSet, type ChosenSagas, choosesMany, setOf } from './choose-sagas.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { renderOne } from './output.ts';
import { argumentsOf } from './plan.ts';
import { type Approval, planThenApply } from './plan-first.ts';
import { type SagaBatchPlan, sagaBatchText } from './saga-batch-plan.ts';

/** How fast, and when to stop. */
interface Pace {
  readonly rps?: number;
  readonly stopAt?: number;
  readonly watchFor?: number;
}

export interface SagaBatchOptions extends ChosenSagas, Pace, ActionOptions, Approval {
  /** Of a plan: lists sagas from this number on. */
  readonly from?: number;
  /** Follows the batch to its end. */
  readonly wait?: boolean;
}

/**
 * Acts on many sagas: shows the plan, and applies exactly it once it is approved.
 * @throws CommandFailure as `planThenApply`, and, of a batch that is waited for, when it did not end well
 */
export async function runSagaBatch(
  context: Context,
  action: string,
  ids: readonly string[],
  options: SagaBatchOptions,
): Promise<void> {
  const set = await setOf(context, ids, options);
  const request = { action, ...paramsOf(options), ...paceOf(options) };
  const from = options.from === undefined ? {} : { from: options.from };
  const made = await planThenApply<SagaBatchPlan, Batch>(context, options, {
    act: { path: '/v1/batches', fields: { ...request, ...set, ...from } },
    text: sagaBatchText,
    impossible: ({ sagas, impossible }) => {
      if (sagas > 0) return null;
      return impossible.length === 0
        ? 'Nothing was done: no saga matches.'
        : 'Nothing was done: it is possible on none of the sagas that match, see above.';
    },
    question: ({ sagas }) => `${action} ${sagas} sagas?`,
    command: () => [
      ...['batch', 'run', action, ...argumentsOfSet(set, options)],
      ...argumentsOfPace(options),
      ...argumentsOf(options),
    ],
    // By their ids: sagas that begin to match meanwhile are none of the set that was shown.
    frozen: ({ sagaIds }) => ({ ...request, ...(sagaIds.length === 0 ? set : { sagaIds }) }),
    quotesReason: true,
  });
  if (made === null) return;
  if (options.wait) return watchBatch(context, made.batchId, options);
  context.out(renderOne(options.output, made, batchText));
  context.say(`To follow it: saga batch watch ${made.batchId}`);
}

/** An action on the saga of an id; or on several, on those of a filter, or of a file. @throws CommandFailure as `act`, or `runSagaBatch` */
export async function actOnOneOrMany(
  context: Context,
  action: string,
  ids: readonly string[],
  options: ActOptions & ChosenSagas & Pace,
): Promise<void> {
  const [only] = ids;
  const isMany = ids.length !== 1 || choosesMany(options);
  if (!isMany && only !== undefined) {
    if (Object.keys(paceOf(options)).length > 0)
      throw new CommandFailure(
        EXIT.usage,
        'One saga is no batch: leave --rps, --stop-at and --watch-for out.',
      );
    return act(context, action, only, options);
  }
  const { wait, ...rest } = options;
  return runSagaBatch(context, action, ids, { ...rest, wait: wait !== undefined });
}

function paceOf({ rps, stopAt, watchFor }: Pace) {
  return {
    ...(rps !== undefined && { perSecond: rps }),
    ...(stopAt !== undefined && { stopShare: stopAt / 100 }),
    ...(watchFor !== undefined && { watchSeconds: watchFor }),
  };
}

function argumentsOfPace({ rps, stopAt, watchFor }: Pace): string[] {
  const given = { '--rps': rps, '--stop-at': stopAt, '--watch-for': watchFor };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
}
