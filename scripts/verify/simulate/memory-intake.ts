/** Intake's store in memory: one order an id, and one a customer's key. */
import type { Birth, Earlier, IntakeStore } from '#orchestrator/store/intake-store.ts';
import type { MemoryStore } from '#orchestrator/store/testing/memory-store.ts';

export interface MemoryIntake extends IntakeStore {
  /** By id, for inspection. */
  readonly orders: ReadonlyMap<string, Birth>;
}

export function memoryIntake(engine: MemoryStore): MemoryIntake {
  const orders = new Map<string, Birth>();
  const underKey = ({ customerId, idempotencyKey: key }: Birth) =>
    key === null
      ? undefined
      : [...orders.values()].find((one) => one.customerId === customerId && one.idempotencyKey === key);
  const accept = (birth: Birth): boolean => {
    if (orders.has(birth.id) || underKey(birth) !== undefined) return false;
    orders.set(birth.id, birth);
    const { id, definition, definitionVersion, partition, customerId, input, createdAt, state, pending } =
      birth;
    engine.insertSaga(
      {
        ...{ id, definition, definitionVersion, partition, customerId, input, createdAt, state, pending },
        version: 0,
        revision: 0,
        status: 'running',
        context: birth.context as Record<string, unknown>,
        stuck: null,
        lastFailure: null,
        paused: false,
        stateSince: createdAt,
        endedAt: null,
        journalSalt: `salt of ${id}`,
      },
      birth.dueAt,
    );
    return true;
  };
  return {
    orders,
    insert: async (births) => new Set(births.filter(accept).map(({ id }) => id)),
    async readEarlier(births) {
      const found = births.flatMap((birth): Array<[string, Earlier]> => {
        const earlier = orders.get(birth.id) ?? underKey(birth);
        return earlier === undefined
          ? []
          : [[birth.id, { id: earlier.id, requestHash: earlier.requestHash }]];
      });
      return new Map(found);
    },
  };
}
