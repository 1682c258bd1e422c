/** The participants as a ledger: what each command did, and whether it was taken back. Pure; each call gives a new one. */

import type { SagaRow } from '#engine/saga.ts';
import type { Finding } from '#protocol/contract.ts';

/** What became of each forward command, by its id; absent: never seen. */
export type Ledger = Readonly<Record<string, 'done' | 'refused' | 'not-executed' | 'undone'>>;

/** A participant executes or refuses a command: only the first time, and never after its undo. */
export function act(ledger: Ledger, commandId: string, as: 'done' | 'refused'): Ledger {
  return commandId in ledger ? ledger : { ...ledger, [commandId]: as };
}

/** An undo reverses an executed command, and leaves a tombstone for one that has not arrived. */
export function undo(
  ledger: Ledger,
  names: readonly string[],
): { ledger: Ledger; found: Record<string, Finding> } {
  const after = { ...ledger };
  const found: Record<string, Finding> = {};
  for (const id of names) {
    const finding = after[id] === 'done' ? 'undone' : (after[id] ?? 'not-executed');
    after[id] = finding;
    found[id] = finding;
  }
  return { ledger: after, found };
}

/** What an ended saga's ledger holds that it must not; empty when it balances. */
export function imbalance(row: SagaRow, ledger: Ledger): string[] {
  const effects = Object.entries(ledger);
  if (row.status === 'failed') return effects.filter(([, as]) => as === 'done').map(([id]) => `${id} stands`);
  const steps = Object.keys(row.pending.issued).map((type) => `${row.id}/${type}`);
  return steps.filter((id) => ledger[id] !== 'done').map((id) => `${id} was not done`);
}
