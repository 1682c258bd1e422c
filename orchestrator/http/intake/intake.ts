/**
 * Accepts new sagas: each joins a group commit, is answered once it is durable, and has its first event published.
 *
 * The sagas of a moment get ids of one partition, and the partitions take turns. Each hop then sends them in one batch to
 * one partition, since brokers cost per partition and request. If the process crashes between commit and publish, the
 * sweeper publishes the same bytes.
 */

import type { Registered } from '#engine/definition/definition.ts';
import { newSaga, startMessage } from '#engine/definition/start-message.ts';
import type { Outbox } from '#engine/ports.ts';
import { FIRST_CHECK_MS } from '#engine/step/transition-result.ts';
import type { Birth } from '#orchestrator/store/intake-store.ts';
import { bisect } from '#platform/batching/bisect.ts';
import { type GroupCommit, type GroupCommitOptions, groupCommit } from '#platform/batching/group-commit.ts';
import { publishWithin } from '#platform/batching/publication.ts';
import { Gauge, registry } from '#platform/process/metrics.ts';
import { messageOf } from '#protocol/errors.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { listedColumns } from '../listed-columns.ts';
import { type Acceptance, type AcceptParts, accept } from './accept.ts';
import type { InputLog } from './input-log.ts';
import { recordCommit, recordStarts } from './intake-spans.ts';

const intakeQueue = new Gauge({
  name: 'intake_queue_length',
  help: 'Orders in the queue of the group commit',
  registers: [registry],
});

const GROUPS_IN_FLIGHT = 3;
const WAIT_MAX_MS = 4_000;
/** The most unacknowledged events. Beyond that the sweeper publishes them, once the brokers answer. */
const PUBLISHING_MAX = 10_000;
/** How long new orders go to one partition. */
const TURN_MS = 100;
/** The step from partition to partition. Neighbouring partitions, which one engine owns, do not follow each other. Coprime to 12. */
const STRIDE = 5;

/** A saga to start. */
export interface StartRequest<Input = unknown> {
  /** The name of its definition. */
  readonly definition: string;
  /** A valid input of the definition. */
  readonly input: Input;
  /** SHA-256 of the canonical request. */
  readonly requestHash: string;
  /** The key under which the sender may repeat the request. */
  readonly idempotencyKey: string | null;
  /** The trace that it continues (W3C). */
  readonly traceparent?: string | undefined;
}

export interface IntakeParts extends AcceptParts {
  readonly outbox: Outbox;
  readonly inputs: Pick<InputLog, 'write'>;
  /** The active version of a definition; null while none is active. */
  readonly definition: (name: string) => Promise<Registered | null>;
  /** A new UUIDv7 of an instant, ms, whose key lands in a partition. */
  readonly newId: (nowMs: number, partition: number) => string;
  /** The first partition. Several APIs start with different ones. */
  readonly firstTurn: number;
}

export interface IntakeLimits {
  readonly lingerMs: GroupCommitOptions<unknown, unknown>['lingerMs'];
  readonly groupMax: number;
  readonly queueMax: number;
}

export type Intake = GroupCommit<StartRequest, Acceptance>;

export function openIntake(parts: IntakeParts, limits: IntakeLimits): Intake {
  const { outbox, inputs, log } = parts;
  let publishing = 0;

  const publish = (born: readonly Birth[], definitions: Active) => {
    if (born.length === 0 || publishing + born.length > PUBLISHING_MAX) return;
    publishing += born.length;
    const messages = born.flatMap((birth) => {
      const definition = definitions.get(birth.definition);
      if (!definition) return [];
      return [startMessage(definition, birth)];
    });
    // What is not acknowledged in time is left to the sweeper: one partition that takes nothing must not use up the places.
    const startedAt = performance.now();
    void publishWithin(outbox, messages)
      .then((late) => recordStarts(born, messages, new Set(late), startedAt))
      .finally(() => {
        publishing -= born.length;
      });
  };

  const commit = async (group: readonly StartRequest[]): Promise<Acceptance[]> => {
    intakeQueue.set(queue.length);
    const startedAt = performance.now();
    let definitions: Active;
    try {
      definitions = await activeOf(parts, group);
    } catch (error) {
      log.throttled('intake', 'versions-not-read', { error: messageOf(error) });
      return group.map(() => ({ kind: 'unavailable' }));
    }
    const turn = parts.firstTurn + Math.floor(parts.now() / TURN_MS);
    const partition = (turn * STRIDE) % SAGA_PARTITIONS;
    const births = group.map((request) => {
      const definition = definitions.get(request.definition);
      return definition ? birthOf(parts, request, definition, partition) : null;
    });
    const outcomes = await bisect(
      births.filter((birth) => birth !== null),
      async (some) => zip(some, await accept(parts, some)),
      parts.isDataFault,
      async (birth) => [{ birth, acceptance: { kind: 'refused' } as Acceptance }],
    );
    const born = outcomes.filter(isNew).map(({ birth }) => birth);
    recordCommit(born, group.length, startedAt);
    inputs.write(born);
    publish(born, definitions);
    const acceptances = new Map(outcomes.map(({ birth, acceptance }) => [birth, acceptance]));
    return births.map((birth) => (birth && acceptances.get(birth)) ?? { kind: 'unavailable' });
  };

  const queue = groupCommit<StartRequest, Acceptance>({
    ...limits,
    commit,
    tooLate: { kind: 'unavailable' },
    inFlightMax: GROUPS_IN_FLIGHT,
    waitMaxMs: WAIT_MAX_MS,
    now: parts.now,
  });
  return queue;
}

/** The active versions by name; null: none is active, or this process lacks it. */
type Active = ReadonlyMap<string, Registered | null>;

async function activeOf(
  parts: Pick<IntakeParts, 'definition'>,
  group: readonly StartRequest[],
): Promise<Active> {
  const names = [...new Set(group.map(({ definition }) => definition))];
  return new Map(await Promise.all(names.map(async (name) => [name, await parts.definition(name)] as const)));
}

interface Settled {
  readonly birth: Birth;
  readonly acceptance: Acceptance;
}

function zip(births: readonly Birth[], acceptances: readonly Acceptance[]): Settled[] {
  return births.map((birth, i) => ({ birth, acceptance: acceptances[i] ?? { kind: 'unavailable' } }));
}

function isNew({ birth, acceptance }: Settled): boolean {
  return acceptance.kind === 'accepted' && acceptance.sagaId === birth.id;
}

/** Makes the rows of a saga. The id is made here, not on arrival, since the ids of a group share a partition. */
function birthOf(
  { now, newId }: IntakeParts,
  { input, requestHash, idempotencyKey, traceparent }: StartRequest,
  definition: Registered,
  partition: number,
): Birth {
  const nowMs = now();
  const { amount, currency } = listedColumns(definition, input);
  return {
    ...newSaga(definition, {
      ...{ id: newId(nowMs, partition), partition, input, createdAt: new Date(nowMs) },
      ...(traceparent !== undefined && { traceparent }),
    }),
    idempotencyKey,
    requestHash,
    // The columns are not nullable; a definition without an amount or a currency has 0 and ''.
    currency: currency ?? '',
    amount: amount ?? 0,
    dueAt: new Date(nowMs + FIRST_CHECK_MS),
  };
}
