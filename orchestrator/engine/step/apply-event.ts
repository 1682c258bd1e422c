/** Feeds an event to the machine's pure transition and applies the resulting actions to the transition. */
import { toPath, toValue } from '../definition/state-path.ts';
import { clearIncident, raiseIncident } from './incident.ts';
import type { TransitionBuilder } from './transition-builder.ts';

/** The actions a machine may return; `register` has checked their names. */
type Action =
  | { readonly type: 'issue'; readonly params: { readonly command: string } }
  | { readonly type: 'publish'; readonly params: { readonly event: string } }
  | { readonly type: 'raiseIncident'; readonly params: { readonly code: string } }
  // XState's own, for `after`: a timer to arm, a timer to drop.
  | { readonly type: 'xstate.raise'; readonly params: { readonly id: string; readonly delay: number } }
  | { readonly type: 'xstate.cancel'; readonly params: { readonly sendId: string } };

/** @returns whether the machine enters another state than the row's */
export function applyEvent(builder: TransitionBuilder, event: { type: string; data?: unknown }): boolean {
  const { definition, row } = builder;
  const after = definition.transition(toValue(row.state), builder.context, event);
  builder.state = toPath(after.value);
  const moved = builder.state !== row.state;
  if (moved) clearIncident(builder);
  builder.context = after.context as Record<string, unknown>;
  for (const action of after.actions as readonly Action[]) perform(builder, action);
  return moved;
}

function perform(builder: TransitionBuilder, action: Action): void {
  if (action.type === 'issue') builder.issue(action.params.command);
  else if (action.type === 'publish') builder.publish(action.params.event);
  else if (action.type === 'raiseIncident') raiseIncident(builder, action.params.code);
  else if (action.type === 'xstate.raise') builder.arm(action.params.id, action.params.delay);
  else if (action.type === 'xstate.cancel') delete builder.timers[action.params.sendId];
  else
    throw new Error(
      `the machine returned ${JSON.stringify(action)}, an action the engine does not implement`,
    );
}
