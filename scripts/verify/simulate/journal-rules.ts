/** Correlation rules, judged from one saga's journal: which messages the engine accepted, and when. */
import { ACTION, type ActionData, TIMER } from '#engine/control.ts';
import type { JournalEntry, SagaRow } from '#engine/saga.ts';
import { verifyJournal } from '#engine/verify-journal.ts';
import type { StoredEntry } from '#orchestrator/store/testing/memory-store.ts';
import { MOST_SKEW_MS } from './world.ts';

/** The clocks of two engines. */
const APART_MS = 2 * MOST_SKEW_MS;

export type JournalLine = Pick<
  JournalEntry,
  'version' | 'at' | 'type' | 'fromState' | 'toState' | 'message' | 'change'
>;

/** Every entry is chained to the one before it, and the saga bears the hash of the newest. */
export function chainHolds(
  { id, version, journalHash, journalSalt }: SagaRow,
  entries: readonly StoredEntry[],
): string | null {
  const links = entries.map(({ message, change, out, ...entry }) => ({
    ...entry,
    texts: { message: JSON.stringify(message), change: JSON.stringify(change), out: JSON.stringify(out) },
    erased: null,
  }));
  const head = { sagaId: id, version, hash: journalHash ?? null, salt: journalSalt ?? null };
  const { faults, unchained } = verifyJournal(head, links, new Map());
  if (unchained.length > 0) return `${unchained.length} entries have no hash`;
  return faults[0]?.what ?? null;
}

/** An action applies only while the saga is as its author read it. */
export function actsOnWhatWasSeen(entries: readonly JournalLine[]): string | null {
  let revision = 0;
  for (const { version, type, fromState, toState, message, change } of entries) {
    const action = type === ACTION ? (message.data as ActionData) : null;
    if (action !== null && action.action !== 'cancel' && action.revision !== revision)
      return `${action.action} of revision ${action.revision} was taken at revision ${revision}`;
    const { context, edited, migrated } = change;
    if (fromState !== toState || context !== undefined || edited !== undefined || migrated !== undefined)
      revision = version;
  }
  return null;
}

/**
 * A time-out applies only when its whole delay has passed since the state was entered, or since a person restarted
 * its clock.
 * @param delays by the names of `DELAYS`, ms
 */
export function timesOutInTime(
  entries: readonly JournalLine[],
  delays: Readonly<Record<string, number>>,
): string | null {
  let clockFrom = 0;
  for (const { at, type, fromState, toState, message, change } of entries) {
    if (type === TIMER) {
      const { name } = message.data as { name: string };
      const delayMs = delays[name.split('.')[2] ?? ''] ?? 0;
      const early = clockFrom + delayMs - APART_MS - at.getTime();
      if (early > 0) return `${name} was taken ${early} ms too early`;
    }
    const isRetry = type === ACTION && (message.data as ActionData).action === 'retry';
    if (fromState !== toState || isRetry || change.edited !== undefined) clockFrom = at.getTime();
  }
  return null;
}
