/**
 * The hash of a plan: of all that a person's action promises. Whoever applies the action under this hash gets exactly these
 * messages, or nothing. What changes by itself (clocks, deadlines, traces) is no part of it.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from '#protocol/canonical-json.ts';
import type { ActionData } from '../control.ts';
import type { Sent } from '../saga.ts';
import type { TransitionBuilder } from './transition-builder.ts';

/** A plan's hash as a pattern: SHA-256, in hex. */
export const PLAN_HASH = /^[0-9a-f]{64}$/;

/** The reason of the refusal of an action whose plan no longer holds. */
export const PLAN_CHANGED = 'the plan has changed since its author saw it';

/**
 * The plan of an action that has been applied to a transition, as its hash: SHA-256 over the canonical JSON of its saga with
 * definition and revision, the action, the messages sent, repeated and held, and the state it leads to. A repeated command
 * counts by its id, under which the journal keeps its bytes for good.
 * @param started the messages of the start, where the action starts its saga
 */
export function planHash(
  { action, params }: Pick<ActionData, 'action' | 'params'>,
  { definition, row, out, resent, heldNow, state }: TransitionBuilder,
  started: readonly Sent[] = [],
): string {
  const promise = {
    saga: row.id,
    definition: `${definition.name}@${definition.version}`,
    revision: row.revision,
    action,
    params: params ?? {},
    sends: [...started, ...out].map(({ topic, event: { id, type, subject, data } }) => ({
      id,
      type,
      topic,
      key: subject,
      data,
    })),
    again: resent,
    holds: heldNow,
    state,
  };
  return hash('sha256', canonicalJson(promise));
}
