/** Which moves a listener of a list receives, and whether each leaves its saga in the list. Pure. */
import type { Registered } from '#engine/definition/definition.ts';
import type { Status } from '#engine/saga.ts';
import { type Definitions, definitionKey } from '#engine/step-batch.ts';
import type { LiveMove } from '#orchestrator/store/live-store.ts';

/** As the list of sagas has it; null: any. */
export interface LiveFilter {
  readonly status: Status | null;
  /** A state; it matches its child states too. */
  readonly state: string | null;
  readonly stuck: boolean | null;
  readonly customerId: string | null;
}

/** The status of a saga in a state; null: this process runs no version of its definition. */
export function statusIn(
  definitions: Definitions,
  { definition, definitionVersion }: Pick<LiveMove, 'definition' | 'definitionVersion'>,
  state: string,
): Status | null {
  const known: Registered | undefined =
    definitions.get(definitionKey(definition, definitionVersion)) ??
    [...definitions.values()].find(({ name }) => name === definition);
  return known?.statusOf(state) ?? null;
}

/** `in`: the saga matches the filter after the move. `out`: it may have matched before, and does no longer. */
export function matchOf(filter: LiveFilter, move: LiveMove, definitions: Definitions): 'in' | 'out' | null {
  if (filter.customerId !== null && filter.customerId !== move.customerId) return null;
  const isStuck = move.incident !== null;
  const inState = (state: string) => {
    if (filter.state !== null && state !== filter.state && !state.startsWith(`${filter.state}.`))
      return false;
    return filter.status === null || statusIn(definitions, move, state) === filter.status;
  };
  const matches = inState(move.toState) && (filter.stuck === null || filter.stuck === isStuck);
  if (matches) return 'in';
  const wasStuckAsWanted = filter.stuck === null || filter.stuck === isStuck || move.changedIncident;
  return inState(move.fromState) && wasStuckAsWanted ? 'out' : null;
}
