/**
 * The contract of a planned act: its dry run answers a plan with a hash, and a request that bears the hash is done as planned, or
 * refused with the plan as it is now.
 */
import * as z from 'zod';
import { Problem } from './problem.ts';

/** The hash of a plan. */
export const planHashText = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the planHash of a dry run')
  .describe('SHA-256 of what the plan promises.');

/** In a request: the plan its author saw. Without it, what is requested is done as things stand. */
export const approvedHash = planHashText
  .exactOptional()
  .describe('Of the dry run that its author saw: it is done so, or refused.');

/**
 * The refusal of an act whose plan is another one by now, with that one.
 * @param plan as a dry run answers it
 */
export function planChanged(plan: Readonly<Record<string, unknown>>): Problem {
  return new Problem('plan-changed', 'Nothing was done: read the present plan, and send its planHash', {
    plan,
  });
}

/** @throws Problem `plan-changed` where its author saw another plan */
export function refuseOther(plan: { readonly planHash: string }, seen: string | undefined): void {
  if (seen !== undefined && seen !== plan.planHash) throw planChanged({ dryRun: true, ...plan });
}
