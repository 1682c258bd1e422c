/** `saga batch pause|resume|cancel ID`: shows what it does to the targets that wait and to those under way, and does exactly that. */
import type { BatchActPlan, BatchVerb } from '#orchestrator/store/batch-act-plan.ts';
import { type Batch, batchPath, batchText } from './batches.ts';
import type { Context } from './context.ts';
import { renderOne } from './output.ts';
import { type Approval, planThenApply } from './plan-first.ts';

/** Pauses, resumes or cancels a batch. @throws CommandFailure as `planThenApply` */
export async function actOnBatch(
  context: Context,
  action: BatchVerb,
  id: string,
  options: Approval,
): Promise<void> {
  const done = await planThenApply<BatchActPlan, Batch>(context, options, {
    act: { path: `${batchPath(id)}/actions`, fields: { action } },
    text: planText,
    question: `${action} it?`,
    command: () => ['batch', action, id],
  });
  if (done !== null) context.out(renderOne(options.output, done, batchText));
}

function planText(plan: BatchActPlan): string {
  const { batchId, kind, state, changes, total, ended, watched, waiting, planHash } = plan;
  return [
    `${batchId}: ${kind} of ${total}, ${state}: ${ended} ended, ${watched} under way, ${waiting} waiting.`,
    changes ? effect(plan) : `It is ${state} already: nothing changes.`,
    `Plan ${planHash}`,
  ].join('\n');
}

function effect({ action, state, waiting, next }: BatchActPlan): string {
  // A running batch begins waves while a person reads.
  const some = state === 'running' && waiting > 0 ? `at most ${waiting}` : String(waiting);
  if (action === 'pause')
    return `Paused, it begins none of the waiting, ${some}, until it is resumed; those under way go on to their ends.`;
  if (action === 'cancel')
    return `Cancelled, the waiting, ${some}, stay as they are for good; those under way go on, and it does not wait for their ends.`;
  return next === null
    ? 'Resumed, it ends with those under way: none waits.'
    : `Resumed, it begins with one, ${next}, then more; those under way go on.`;
}
