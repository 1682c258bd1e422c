/** The mails' store under test, on PostgreSQL or in memory, with its rows. */
import { openTestDatabase } from '#runtime/testing/database.ts';
import { mailStore } from '../sql-store.ts';
import type { MailStore } from '../store.ts';
import { memoryMailStore, type StoredMail } from './memory-store.ts';

export interface MailBench {
  readonly store: MailStore;
  mail(eventId: string): Promise<StoredMail | undefined>;
  close(): Promise<void>;
}

const MAIL = `
SELECT event_id AS "eventId", order_id::text AS "orderId", recipient, at, state, answer, attempts, letter,
       next_try_at AS "nextTryAt"
  FROM notification.mails WHERE event_id = $1`;

export async function postgresMailBench(): Promise<MailBench> {
  const test = await openTestDatabase();
  return {
    store: mailStore(test.db),
    async mail(eventId) {
      const [found] = await test.db.query<StoredMail>(MAIL, eventId);
      if (found === undefined || found.letter === null) return found;
      return { ...found, letter: { ...found.letter, at: new Date(found.letter.at) } };
    },
    close: () => test.close(),
  };
}

export async function memoryMailBench(): Promise<MailBench> {
  const { store, mails } = memoryMailStore();
  return { store, mail: async (eventId) => mails.get(eventId), close: async () => {} };
}
