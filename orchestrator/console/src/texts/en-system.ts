/** The texts of who may call the API, and of what it offers, in English. */
import { one } from './en-work.ts';

export const system = {
  access: {
    title: 'Keys and access',
    short: 'Access',
    about: 'Keys of backends, people’s tokens that were ended early, and customers whose data is erased.',
    admins: 'Keys, tokens and erasures are for admins.',
    tabs: { keys: 'API keys', tokens: 'Ended tokens', erasures: 'Erasures' },
    states: { live: 'live', expired: 'expired', revoked: 'revoked', waiting: 'waiting', done: 'done' },
    until: 'until',
    newest: 'Newest first',
    keys: {
      none: 'There is no API key.',
      made: 'made by',
      revokedBy: 'revoked by',
      create: 'Make an API key',
      holder: 'Backend',
      holderAbout: 'All of its keys act as one caller, which the audit names so: shop-backend, say.',
      days: 'Days until it expires',
      plan: (holder: string, until: string) =>
        `It makes a key of ${holder} with the role service, until ${until}.`,
      liveKeys: (n: number) => `So far the backend has ${one(n, 'live key', 'live keys')}.`,
      tooMany: 'There are too many live keys. Revoke unused ones first.',
      new: 'The new key',
      shownOnce: 'It is shown this once, for only its hash is stored. Put it where the backend reads it.',
      copy: 'Copy the key',
      stored: 'I have stored it',
      revoke: 'Revoke',
      revokeOne: (id: string) => `Revoke the key ${id}`,
      revokePlan: (holder: string) => `Every process refuses this key of ${holder} within seconds.`,
      lastOne: 'It is the last live key of this backend, whose requests are refused from then on.',
      others: (n: number) => `The backend keeps ${one(n, 'other live key', 'other live keys')}.`,
      already: 'It is revoked already.',
    },
    tokens: {
      about: 'An ending is listed until each of its tokens would have expired.',
      none: 'No token was ended early.',
      all: 'all tokens until then',
      one: 'one token',
      endedBy: 'ended by',
      end: 'End tokens',
      which: 'Which',
      whose: { subject: 'All of a person', tokenId: 'One token' },
      subject: 'Person',
      subjectAbout:
        'As the audit or an order names the person: a customer’s id, or the issuer’s prefix with the sub.',
      tokenId: 'Token',
      tokenIdAbout: 'Its claim jti.',
      planAll: (subject: string) =>
        `Every token of ${subject} that was issued until now ends within seconds.`,
      planOne: (tokenId: string) => `The token ${tokenId} ends within seconds.`,
      own: 'Your own token is among them: you sign in again afterwards.',
      later: 'A token that is issued later counts: end the person’s session at the identity provider first.',
    },
    erasures: {
      none: 'No erasure was requested.',
      standsIn: 'stands in the customer’s place:',
      requestedBy: 'requested by',
      request: 'Erase a customer’s data',
      customer: 'Customer',
      reasonAbout: 'The audit keeps the reason: it must not name the customer.',
      plan: (orders: string) => `Every personal field of ${orders} is erased for good.`,
      orders: (n: number) => one(n, 'order', 'orders'),
      underWay: (n: number) =>
        `First ${one(n, 'order that is under way ends', 'orders that are under way end')}.`,
      already: 'A request for this customer waits already.',
    },
  },
};

export type System = typeof system;
