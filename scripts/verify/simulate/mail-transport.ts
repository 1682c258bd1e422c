/** The mail server: takes mails, puts them off, or is away. */

import type { MailStore } from '#participants/notification/store.ts';
import type { MailTransport } from '#participants/notification/transport.ts';
import { RetryableError } from '#protocol/errors.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

export class SimulatedMailServer {
  readonly #world: World;
  /** Events whose mail each process has read as sent. */
  readonly #knownSent = new Map<Life, Set<string>>();

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * A process's mail store, observed. A crash may send a mail twice, since its row is written afterwards; but a
   * process that has read a mail as sent must not send it.
   */
  observedBy(life: Life, mails: MailStore): MailStore {
    const knownSent = new Set<string>();
    this.#knownSent.set(life, knownSent);
    return {
      ...mails,
      knownMails: async (eventIds) => {
        const known = await mails.knownMails(eventIds);
        for (const id of known) knownSent.add(id);
        return known;
      },
      claimDeferred: async (now, leaseUntil, limit) => {
        const claimed = await mails.claimDeferred(now, leaseUntil, limit);
        for (const { letter } of claimed) knownSent.delete(letter.eventId);
        return claimed;
      },
    };
  }

  /** The server as one process reaches it. */
  reachedBy(life: Life): MailTransport {
    const { scheduler, faults, random, story } = this.#world;
    return {
      concurrency: 2,
      close: async () => {},
      send: (letter) =>
        new Promise((resolve, reject) => {
          scheduler.in(random.between(1, 50), life, () => {
            if (faults.occurs('mailServerAway')) {
              reject(new RetryableError('gateway-unavailable', 'the mail server is away'));
            } else if (faults.occurs('mailDeferred')) {
              story.add('mail server', `puts off ${letter.eventId}`);
              resolve({ state: 'deferred', answer: 'try again later' });
            } else {
              story.add('mail server', `takes ${letter.eventId} from ${life.name}`);
              if (this.#knownSent.get(life)?.has(letter.eventId))
                this.#world.wrong.push(`e-mails: ${letter.eventId} was known to be sent, and is sent again`);
              if (!this.#world.crashes(life, 'after the mail was sent, before it was written down'))
                resolve({ state: 'sent' });
            }
          });
        }),
    };
  }
}
