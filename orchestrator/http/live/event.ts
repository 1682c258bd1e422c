/** The events of live streams: their schemas, and their texts. */
import * as z from 'zod';
import type { Definitions } from '#engine/step-batch.ts';
import type { LiveMove } from '#orchestrator/store/live-store.ts';
import { eventText } from '#platform/http/event-stream.ts';
import { count, instant, uuid, type View } from '#platform/http/schemas.ts';
import { status } from '../views/status.ts';
import { statusIn } from './filter.ts';

export const liveMove = z.object({
  sagaId: uuid,
  version: z.int().describe('The saga’s version after the transition: 1, 2, 3 …'),
  at: instant,
  type: z.string().describe('The type of the message that caused it.'),
  from: z.string(),
  to: z.string(),
  status: status.nullable().describe('After it; null: this API runs no version of its definition.'),
  action: z.string().exactOptional(),
  actor: z.string().exactOptional(),
  definition: z.string(),
  definitionVersion: z.int(),
  customerId: z.string(),
  stuck: z.boolean().describe('As `incident` and `paused`: the saga now, perhaps after later transitions.'),
  incident: z.string().exactOptional().describe('Its code.'),
  paused: z.boolean(),
});

export const liveCounts = z.object({
  active: count,
  stuck: count,
  stalled: count,
  paused: count,
  states: z.array(
    z.object({ state: z.string(), active: count, stuck: count, stalled: count, paused: count }),
  ),
});

/** A move as clients see it. */
export function moveView(move: LiveMove, definitions: Definitions): View<typeof liveMove> {
  const { sagaId, version, at, type, fromState, toState, action, actor, incident } = move;
  return {
    sagaId,
    version,
    at,
    type,
    from: fromState,
    to: toState,
    status: statusIn(definitions, move, toState),
    ...(action !== null && { action }),
    ...(actor !== null && { actor }),
    definition: move.definition,
    definitionVersion: move.definitionVersion,
    customerId: move.customerId,
    stuck: incident !== null,
    ...(incident !== null && { incident }),
    paused: move.paused,
  };
}

/** The first event of a stream. */
export function openText(data: Readonly<Record<string, unknown>>, id: string): string {
  return eventText('open', JSON.stringify(data), id);
}

/** The event after which a client reads its list or its saga again: moves are missing before it. */
export function resetText(reason: string, id: string): string {
  return eventText('reset', JSON.stringify({ reason }), id);
}
