/**
 * Accepts orders: each joins a group commit, is answered once it is durable, and its saga's first event is published.
 *
 * All orders of a moment get ids of one partition, and the partitions take turns: each hop then carries them as one
 * batch to one partition, for the brokers' cost is paid per partition and request. Should the process die between commit and publish, the sweeper publishes the same bytes.
 */

import type { SagaDefinition } from '#engine/definition/definition.ts';
import { startContext, startMessage } from '#engine/definition/start-message.ts';
import type { Outbox } from '#engine/ports.ts';
import { NOTHING_PENDING } from '#engine/saga.ts';
import { FIRST_CHECK_MS } from '#engine/step/transition-result.ts';
import type { OrderInput } from '#orchestrator/sagas/order/input.ts';
import type { Birth, IntakeStore } from '#orchestrator/store/intake-store.ts';
import { bisect } from '#platform/batching/bisect.ts';
import { type GroupCommit, type GroupCommitOptions, groupCommit } from '#platform/batching/group-commit.ts';
import type { Logger } from '#platform/process/log.ts';
import { intakeQueue } from '#platform/process/metrics.ts';
import { messageOf } from '#protocol/errors.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';

const GROUPS_IN_FLIGHT = 3;
const WAIT_MAX_MS = 4_000;
/** A group whose statement failed this soon is tried once more: a connection that was cut while idle. */
const QUICK_FAILURE_MS = 1_000;
/** Facts on their way to the brokers; beyond that the sweeper publishes them, once the brokers answer. */
const PUBLISHING_MAX = 10_000;
/** How long the orders that come go to one partition. */
const TURN_MS = 100;
/** From turn to turn, so that neighbouring partitions, which one engine owns, do not follow each other; coprime to 12. */
const STRIDE = 5;
const INITIAL_STATE = 'created';

/** A valid order, and under which key its sender may say it again. */
export interface Placed {
  readonly order: OrderInput;
  /** SHA-256 of the canonical request. */
  readonly requestHash: string;
  readonly idempotencyKey: string | null;
}

/** What became of it. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly orderId: string }
  /** The key came before, with another request. */
  | { readonly kind: 'key-reused' }
  /** The database refused the order itself. */
  | { readonly kind: 'refused' }
  /** Nothing can be said of it now: to be sent again. */
  | { readonly kind: 'unavailable' };

export interface IntakeParts {
  readonly store: IntakeStore;
  readonly outbox: Outbox;
  /** The definition new orders begin under; null while none is active. */
  readonly definition: () => Promise<SagaDefinition | null>;
  readonly isDataFault: (error: unknown) => boolean;
  readonly log: Logger;
  readonly now: () => number;
  /** A new UUIDv7 of an instant, ms, whose key lands in a partition. */
  readonly newId: (nowMs: number, partition: number) => string;
  /** The partition it begins with: several APIs begin at different ones. */
  readonly firstTurn: number;
}

export interface IntakeLimits {
  readonly lingerMs: GroupCommitOptions<unknown, unknown>['lingerMs'];
  readonly groupMax: number;
  readonly queueMax: number;
}

export type Intake = GroupCommit<Placed, Acceptance>;

/** Opens intake. */
export function openIntake(parts: IntakeParts, limits: IntakeLimits): Intake {
  const { outbox, log } = parts;
  let publishing = 0;

  const publish = (definition: SagaDefinition, births: readonly Birth[]) => {
    if (births.length === 0 || publishing + births.length > PUBLISHING_MAX) return;
    publishing += births.length;
    const messages = births.map((birth) =>
      startMessage(definition, { ...birth, context: startContext(definition, birth.input) }),
    );
    void outbox.publish(messages).finally(() => {
      publishing -= births.length;
    });
  };

  const commit = async (group: readonly Placed[]): Promise<Acceptance[]> => {
    intakeQueue.set(queue.length);
    try {
      const definition = await parts.definition();
      if (definition === null) return group.map(() => ({ kind: 'unavailable' }));
      const turn = parts.firstTurn + Math.floor(parts.now() / TURN_MS);
      const partition = (turn * STRIDE) % SAGA_PARTITIONS;
      const births = group.map((placed) => birthOf(parts, placed, definition, partition));
      const outcomes = await bisect(
        births,
        async (some) => zip(some, await acceptWithRetry(parts, some)),
        parts.isDataFault,
        async (birth) => [{ birth, acceptance: { kind: 'refused' } as Acceptance }],
      );
      publish(
        definition,
        outcomes.filter(isNew).map(({ birth }) => birth),
      );
      return outcomes.map(({ acceptance }) => acceptance);
    } catch (error) {
      log.throttled('intake', 'a group of orders could not be written', {
        error: messageOf(error),
        count: group.length,
      });
      return group.map(() => ({ kind: 'unavailable' }));
    }
  };

  const queue = groupCommit<Placed, Acceptance>({
    ...limits,
    commit,
    tooLate: { kind: 'unavailable' },
    inFlightMax: GROUPS_IN_FLIGHT,
    waitMaxMs: WAIT_MAX_MS,
    now: parts.now,
  });
  return queue;
}

interface Judged {
  readonly birth: Birth;
  readonly acceptance: Acceptance;
}

function zip(births: readonly Birth[], acceptances: readonly Acceptance[]): Judged[] {
  return births.map((birth, i) => ({ birth, acceptance: acceptances[i] ?? { kind: 'unavailable' } }));
}

function isNew({ birth, acceptance }: Judged): boolean {
  return acceptance.kind === 'accepted' && acceptance.orderId === birth.id;
}

/** The ids stay the same in the second try: had the first one been durable after all, it is found by them. */
async function acceptWithRetry(parts: IntakeParts, births: readonly Birth[]): Promise<Acceptance[]> {
  const startedAt = parts.now();
  try {
    return await accept(parts.store, births);
  } catch (error) {
    if (parts.isDataFault(error) || parts.now() - startedAt > QUICK_FAILURE_MS) throw error;
    return accept(parts.store, births);
  }
}

async function accept(store: IntakeStore, births: readonly Birth[]): Promise<Acceptance[]> {
  // In one order of keys: two groups that hold the same keys must not wait for each other.
  const inserted = await store.insert(births.toSorted(byKey));
  const earlier = await store.readEarlier(births.filter(({ id }) => !inserted.has(id)));
  return births.map(({ id, requestHash }) => {
    if (inserted.has(id)) return { kind: 'accepted', orderId: id };
    const first = earlier.get(id);
    if (first === undefined) return { kind: 'unavailable' };
    return first.requestHash === requestHash
      ? { kind: 'accepted', orderId: first.id }
      : { kind: 'key-reused' };
  });
}

function byKey(a: Birth, b: Birth): number {
  const [x, y] = [`${a.customerId} ${a.idempotencyKey ?? ''}`, `${b.customerId} ${b.idempotencyKey ?? ''}`];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

/** The rows of an order. Its id is made now, not when it arrived: ids of a group share a partition. */
function birthOf(
  { now, newId }: IntakeParts,
  { order, requestHash, idempotencyKey }: Placed,
  definition: SagaDefinition,
  partition: number,
): Birth {
  const nowMs = now();
  return {
    id: newId(nowMs, partition),
    customerId: order.customerId,
    idempotencyKey,
    requestHash,
    currency: order.currency,
    amount: order.amount,
    createdAt: new Date(nowMs),
    definition: definition.name,
    definitionVersion: definition.version,
    partition,
    input: order,
    context: startContext(definition, order),
    pending: NOTHING_PENDING,
    state: INITIAL_STATE,
    status: definition.statusOf(INITIAL_STATE),
    dueAt: new Date(nowMs + FIRST_CHECK_MS),
  };
}
