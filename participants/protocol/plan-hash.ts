/** The hash of a plan, and what is made of it: two plans with one hash promise the same. */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** SHA-256, in hex, over the canonical JSON of a plan. */
export function planHash(plan: unknown): string {
  return hash('sha256', canonicalJson(plan));
}

/** Whether a plan, made again where nothing can change it any more, is still the one its author approved. */
export type Approves<Plan> = (now: Plan) => boolean;

/** The plan is another one by now, and nothing was done. */
export interface Changed<Plan> {
  readonly changed: Plan;
}
