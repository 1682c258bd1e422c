/** The mails in memory, by the rules of those on PostgreSQL. Each verb is atomic. */
import type { Letter } from '../letter.ts';
import type { MailStore } from '../store.ts';
import type { Handed } from '../transport.ts';

export interface StoredMail {
  readonly eventId: string;
  readonly orderId: string;
  readonly recipient: string;
  /** The time of the first attempt. */
  readonly at: Date;
  readonly state: Handed['state'];
  readonly answer: string | null;
  readonly attempts: number;
  /** Set while it is deferred, as the next field. */
  readonly letter: Letter | null;
  readonly nextTryAt: Date | null;
}

export interface MemoryMails {
  readonly store: MailStore;
  /** By event id. */
  readonly mails: ReadonlyMap<string, StoredMail>;
}

/** An empty store. */
export function memoryMailStore(): MemoryMails {
  const mails = new Map<string, StoredMail>();
  const store: MailStore = {
    async knownMails(eventIds) {
      return new Set(eventIds.filter((id) => mails.has(id)));
    },

    async insertMails(outcomes, now, nextTryAt) {
      for (const { letter, handed } of outcomes) {
        const { eventId, orderId, to: recipient } = letter;
        if (mails.has(eventId)) continue;
        const deferred = handed.state === 'deferred';
        mails.set(eventId, {
          eventId,
          orderId,
          recipient,
          at: now,
          state: handed.state,
          answer: handed.state === 'sent' ? null : handed.answer,
          attempts: 1,
          letter: deferred ? letter : null,
          nextTryAt: deferred ? nextTryAt : null,
        });
      }
    },

    async claimDeferred(now, leaseUntil, limit) {
      const due = [...mails.values()].flatMap((mail) => {
        const { letter, nextTryAt } = mail;
        return letter !== null && nextTryAt !== null && nextTryAt <= now ? [{ mail, letter, nextTryAt }] : [];
      });
      return due
        .sort((a, b) => a.nextTryAt.getTime() - b.nextTryAt.getTime())
        .slice(0, limit)
        .map(({ mail, letter }) => {
          mails.set(mail.eventId, { ...mail, nextTryAt: leaseUntil });
          return { letter, attempts: mail.attempts, firstAt: mail.at };
        });
    },

    async noteAttempt({ letter: { eventId }, handed }, nextTryAt) {
      const mail = mails.get(eventId);
      if (mail?.state !== 'deferred') return;
      const again = handed.state === 'deferred';
      mails.set(eventId, {
        ...mail,
        state: handed.state,
        attempts: mail.attempts + 1,
        answer: handed.state === 'sent' ? mail.answer : handed.answer,
        letter: again ? mail.letter : null,
        nextTryAt: again ? nextTryAt : null,
      });
    },
  };
  return { store, mails };
}
