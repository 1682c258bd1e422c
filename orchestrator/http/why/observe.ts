/** Reads what surrounds a saga for the cause of its wait: what no part has ready, in a few statements at once. */
import type { Registered } from '#engine/definition/definition.ts';
import { newSaga, startTopic } from '#engine/definition/start-message.ts';
import type { SagaRow } from '#engine/saga.ts';
import type { Brakes } from '#engine/step/brakes.ts';
import type {
  HoldingBrake,
  Observations,
  RequestedBefore,
  StateAhead,
  WaitingLetter,
} from '#engine/why/observations.ts';
import { pacedCodes } from '#engine/why/obstacles.ts';
import type { ActionRow } from '#orchestrator/store/action-rows.ts';
import type { BrakeRow } from '#orchestrator/store/brake-store.ts';
import type { SweptSaga } from '#orchestrator/store/view-store.ts';
import type { ActiveLoads } from '#orchestrator/store/why-store.ts';
import { definitionOf } from '../act.ts';
import type { ApiParts } from '../parts.ts';
import { searchOf } from '../saga-query.ts';
import { entriesAhead } from '../views/remaining.ts';

const LETTERS_MAX = 5;
const ACTIONS_MAX = 1_000;
/** The newest brakes, among which those are that still hold something. */
const BRAKES_MAX = 50;
/** An engine takes an action within this, ms; before that it does not wait. */
const TAKEN_WITHIN_MS = 3_000;

const NO_LOADS: ActiveLoads = { loads: [], inState: 0 };

/**
 * Observes a saga.
 * @param options with `counts` also how many sagas are alike or before it, which reads the active sagas once
 */
export async function observe(
  parts: ApiParts,
  { row, sweepState }: SweptSaga,
  { counts }: { counts: boolean },
): Promise<Observations> {
  const nowMs = parts.now();
  const definition = definitionOf(parts, row);
  const isOver = row.endedAt !== null && row.stuck === null;
  const brakeId = row.pending.brake?.id;
  const [engines, active, alike, reported, letters, acts, brake] = await Promise.all([
    parts.whys.engines(row.definition, row.definitionVersion, nowMs),
    counts && !isOver ? parts.whys.active(row.state, row.stateSince, pacedCodes(definition)) : NO_LOADS,
    counts && !isOver ? alikeOf(parts, row, nowMs) : 0,
    row.lastFailure === null || definition === null
      ? {}
      : parts.whys.reported(row.id, [...definition.notices.keys()]),
    isOver ? [] : lettersOf(parts, row.id),
    isOver ? [] : parts.actions.ofSaga(row.id, ACTIONS_MAX),
    brakeId === undefined ? null : parts.brakes.read(brakeId),
  ]);
  const isReleasing = counts && brakeId !== undefined && brake?.releasedAt != null;
  return {
    nowMs,
    row,
    sweepState,
    definition,
    engines,
    brokers: parts.flows.of(row.partition),
    alike,
    before: {
      inState: active.inState,
      onBrake: isReleasing ? await parts.whys.heldBefore(brakeId, row.id) : 0,
    },
    loads: active.loads,
    reported,
    usual: parts.usual.durations,
    letters,
    pausedBy: requestedOf(acts.findLast(({ action, state }) => action === 'pause' && state === 'applied')),
    waitingAction: requestedOf(
      acts.findLast(
        ({ state, createdAt }) => state === 'waiting' && nowMs - createdAt.getTime() > TAKEN_WITHIN_MS,
      ),
    ),
    brake: brake as HoldingBrake | null,
    brakes: isReleasing ? await withThoseBefore(parts, brake) : parts.inForce.commands,
    blocked: definition === null ? [] : blockedFor(parts, definition, row),
    ...waysOf(definition, row, nowMs),
  };
}

/** The brakes in force, and on the command of one that is being released the one whose sagas go first, if there is one. */
async function withThoseBefore({ brakes, inForce }: ApiParts, own: BrakeRow): Promise<Brakes> {
  const others = (await brakes.list(null, BRAKES_MAX)).filter(
    ({ id, holds, openedAt }) => id !== own.id && holds === own.holds && openedAt === null,
  );
  const first = others.find(({ releasedAt, setAt }) => releasedAt === null || setAt <= own.setAt);
  return first === undefined ? inForce.commands : new Map([...inForce.commands, [own.holds, first.id]]);
}

/** Other active sagas of the failure that holds this one up: its incident, or what its participant reported last. */
async function alikeOf(parts: ApiParts, row: SagaRow, nowMs: number): Promise<number> {
  const { stuck, lastFailure, pending } = row;
  const isOpen = lastFailure !== null && pending.awaiting[lastFailure.commandId] !== undefined;
  const fingerprint = stuck === null ? (isOpen ? lastFailure.fingerprint : undefined) : stuck.fingerprint;
  if (fingerprint === undefined) return 0;
  const { value } = await parts.views.counts(searchOf(parts, { fingerprint }, 'newest', nowMs));
  return Math.max(0, value.sagas - 1);
}

async function lettersOf({ deadLetters }: ApiParts, sagaId: string): Promise<WaitingLetter[]> {
  const query = { sagaId, reason: null, topic: null, waiting: true, before: null };
  const found = await deadLetters.list(query, LETTERS_MAX);
  return found.map((letter) => ({
    letterId: `${letter.partition}/${letter.offset}`,
    topic: letter.originTopic,
    reason: letter.reason,
    text: letter.text,
    parkedBy: letter.parkedBy,
    parkedAt: letter.parkedAt,
  }));
}

function requestedOf(found: ActionRow | undefined): RequestedBefore | null {
  if (found === undefined) return null;
  const { action, actor, reason, createdAt } = found;
  return { action, actor, reason, at: createdAt };
}

/** The topics of its next messages that take none of this process. */
function blockedFor({ outbox }: ApiParts, definition: Registered, row: SagaRow): string[] {
  const topic = startTopic(definition);
  return row.version === 0 && outbox.isBlocked(topic, row.partition) ? [topic] : [];
}

/** The states that it has yet to leave, and those of the whole way of a saga like it. */
export function waysOf(definition: Registered | null, row: SagaRow, nowMs: number) {
  if (definition === null || row.endedAt !== null) return { ahead: [], wholeWay: [] };
  const born = newSaga(definition, row);
  const wholeWay = statesAhead(definition, born, nowMs).map(({ state }) => state);
  return { ahead: statesAhead(definition, row, nowMs), wholeWay };
}

function statesAhead(definition: Registered, row: SagaRow, nowMs: number): StateAhead[] {
  return entriesAhead(definition, row, nowMs).flatMap(({ fromState, toState, type }) =>
    fromState === toState ? [] : { state: fromState, endedBy: type },
  );
}
