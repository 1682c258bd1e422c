/** Writes the rows of the mails that were sent after the database's time, so that the list of mails is whole. None is sent again. */

import { receiveEnd } from '#participants/notification/event.ts';
import { letterAbout } from '#participants/notification/letter.ts';
import { mailStore } from '#participants/notification/sql-store.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Gap } from './gap.ts';
import type { Tally } from './report.ts';

const GROUP = 'notification';
const AT_ONCE = 500;

/** An event below the group's committed offset was handled: its mail was handed over. What comes after, the process reads itself. */
export async function rebuildMails(
  db: Database,
  gap: Gap,
  committed: ReadonlyMap<string, number>,
  tally: Tally,
): Promise<void> {
  const handled = gap.ends.filter(
    ({ record }) => record.offset < (committed.get(`${GROUP} ${record.topic}/${record.partition}`) ?? 0),
  );
  const letters = handled.flatMap(({ record }) => {
    try {
      return [{ letter: letterAbout(receiveEnd(record)), at: new Date(record.timestamp) }];
    } catch {
      return [];
    }
  });
  const store = mailStore(db);
  for (let from = 0; from < letters.length; from += AT_ONCE) {
    const some = letters.slice(from, from + AT_ONCE);
    const known = await store.knownMails(some.map(({ letter }) => letter.eventId));
    const missing = some.filter(({ letter }) => !known.has(letter.eventId));
    tally.add('mails that were sent', missing.length);
    for (const [time, same] of Map.groupBy(missing, ({ at }) => at.getTime()))
      await store.insertMails(
        same.map(({ letter }) => ({ letter, handed: { state: 'sent' as const } })),
        new Date(time),
        new Date(time),
      );
  }
}
