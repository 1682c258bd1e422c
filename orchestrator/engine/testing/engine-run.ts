/** Batches in tests: two orders nobody has begun, in a store in memory, and messages delivered to them. */
import { expect } from 'chai';
import { couponOrder, definition, newRow, ORDER_ID } from '#orchestrator/sagas/order/testing/given.ts';
import { type MemoryStore, memoryStore } from '#orchestrator/store/testing/memory-store.ts';
import type { Registered } from '../definition/definition.ts';
import type { Incoming, SagaRow } from '../saga.ts';
import { type Definitions, definitionKey, type Outcome, stepBatch } from '../step-batch.ts';
import { type Sending, start } from './messages.ts';

export const NOW_MS = Date.UTC(2026, 10, 1, 13);
/** The order beside `ORDER_ID`: it has a coupon. */
export const OTHER_ID = '019a0000-0000-7000-8000-000000000002';

/** Definitions as the engine finds them. */
export const mapOf = (...all: Registered[]): Definitions =>
  new Map(all.map((one) => [definitionKey(one.name, one.version), one]));
export const definitions = mapOf(definition);

/** An engine of one process over a store of its own. */
export class EngineRun {
  readonly store: MemoryStore = memoryStore();

  constructor() {
    this.store.insertSaga(newRow(), new Date(NOW_MS));
    this.store.insertSaga(newRow(couponOrder, OTHER_ID), new Date(NOW_MS));
  }

  rowOf(id = ORDER_ID): SagaRow {
    const found = this.store.tables.sagas.get(id);
    if (found === undefined) throw new Error(`there is no saga ${id}`);
    return found.row;
  }

  /** A message for a saga as it now is. */
  say(sending: Sending, id = ORDER_ID): Incoming {
    return sending(definition, this.rowOf(id));
  }

  take(...messages: Incoming[]): Promise<Outcome> {
    return stepBatch(definitions, this.store, messages, NOW_MS);
  }

  /** Brings the order somewhere, one batch a message. Returns the last message. */
  async after(...sendings: Sending[]): Promise<Incoming> {
    let last = this.say(start());
    await this.moves(last);
    for (const sending of sendings) {
      last = this.say(sending);
      await this.moves(last);
    }
    return last;
  }

  private async moves(message: Incoming): Promise<void> {
    expect((await this.take(message)).moves, message.envelope.id).to.have.length(1);
  }
}

/** The ids of what a batch sends. */
export const idsOf = ({ out }: Outcome) =>
  out.map(({ value }) => (JSON.parse(String(value)) as { id: string }).id);
/** Ids of the order's own. */
export const own = (...ids: string[]) => ids.map((id) => `${ORDER_ID}/${id}`);
