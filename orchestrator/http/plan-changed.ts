/** The refusal of an act whose plan is another one by now, with that one. */
import { Problem } from '#platform/http/problem.ts';

/** @param plan as a dry run answers it */
export function planChanged(plan: Readonly<Record<string, unknown>>): Problem {
  return new Problem('plan-changed', 'Nothing was done: read the present plan, and send its planHash', {
    plan,
  });
}

/** @throws Problem `plan-changed` where its author saw another plan */
export function refuseOther(plan: { readonly planHash: string }, seen: string | undefined): void {
  if (seen !== undefined && seen !== plan.planHash) throw planChanged({ dryRun: true, ...plan });
}
