/** The order of participants by how far they are behind, and what of that needs a person. Pure. */
import type { ParticipantList } from '../../generated/api.ts';

export type Participant = ParticipantList['items'][number];
type Queue = NonNullable<Participant['queue']>;
type Unread = Pick<Queue, 'lag' | 'oldestUnreadAtLeastMs'>;

/** Messages that have waited for longer are late: a group that keeps up reads within a second. */
const LATE_MS = 30_000;

/** Those whose oldest unread message has waited longest, then those with most of them; those not observed come last. */
export function worstFirst(items: readonly Participant[]): Participant[] {
  const ageOf = ({ queue }: Participant) => queue?.oldestUnreadAtLeastMs ?? -1;
  const lagOf = ({ queue }: Participant) => queue?.lag ?? -1;
  return items.toSorted((a, b) => ageOf(b) - ageOf(a) || lagOf(b) - lagOf(a));
}

/** Whether somebody waits for an answer and nobody reads, or reads too late. */
export function levelOf(queue: Unread | null, members: number | null): 'good' | 'late' | 'unread' {
  if (queue === null || queue.lag === 0) return 'good';
  if (members === 0) return 'unread';
  return queue.oldestUnreadAtLeastMs >= LATE_MS ? 'late' : 'good';
}
