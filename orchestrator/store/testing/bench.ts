/** A store under test: the ports, and what a test must be able to put there and see. */

import type { ActionData } from '#engine/control.ts';
import type { ChainedEntry } from '#engine/journal-chain.ts';
import type { Move, Store, SweepStore } from '#engine/ports.ts';
import type { SagaRow } from '#engine/saga.ts';
import type { SweepState } from '#engine/sweep-state.ts';
import { chained } from '#engine/testing/chained.ts';
import type { Delivered, SagaRun } from '#engine/testing/saga-run.ts';
import type { OrderInput } from '#orchestrator/sagas/order/input.ts';
import { order, unstarted } from '#orchestrator/sagas/order/testing/given.ts';
import { uuidv7 } from '#protocol/ids.ts';

export interface Bench {
  readonly store: Store;
  readonly sweep: SweepStore;
  insertSaga(row: SagaRow, dueAt: Date | null): Promise<void>;
  insertAction(sagaId: string, data: ActionData, dueAt: Date): Promise<void>;
  /** The sweeper's columns of a saga. */
  sweeping(sagaId: string): Promise<{ dueAt: Date | null; sweepState: SweepState; checks: number }>;
  journalled(sagaId: string): Promise<string[]>;
  unmatched(sagaId: string): Promise<Array<{ messageId: string; reason: string; count: number }>>;
  action(id: string): Promise<{ state: string; detail: string | null }>;
  isDataFault(error: unknown): boolean;
  close(): Promise<void>;
}

/** A saga id of this month, for which there are partitions. */
export const newId = (): string => uuidv7(Date.now());

/** A saga nobody has begun, written to the store. */
export async function begin(bench: Bench, input: OrderInput = order, dueAt = new Date(0)): Promise<SagaRun> {
  const run = unstarted(input, newId());
  await bench.insertSaga(run.row, dueAt);
  return run;
}

/** What `delivered` does to a saga, as one move, and the saga after it. */
export function moveOf(run: SagaRun, ...delivered: readonly Delivered[]): { move: Move; run: SagaRun } {
  const entries: ChainedEntry[] = [];
  let last = run;
  for (const one of delivered) {
    const { run: next, entry } = chained(last, last.after(one));
    last = next;
    entries.push(entry);
  }
  return { move: { before: run.row, after: last.row, entries, dueAt: last.taken.dueAt }, run: last };
}

/** Writes one move; returns the saga after it, and whether the fence let it in. */
export async function write(
  bench: Bench,
  run: SagaRun,
  ...delivered: readonly Delivered[]
): Promise<{ run: SagaRun; moved: boolean }> {
  const { move, run: after } = moveOf(run, ...delivered);
  const moved = await bench.store.write({ moves: [move], outcomes: [] });
  return { run: after, moved: moved.has(run.row.id) };
}
