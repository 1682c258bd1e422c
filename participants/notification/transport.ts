/** The port to a mail transport: SMTP and files implement it. */
import type { Letter } from './letter.ts';

/** The transport's answer to one mail. A transient failure (an outage, a full disk) is thrown instead. */
export type Handed =
  | { readonly state: 'sent' }
  /** The server refuses this mail for good: the address does not exist. `answer` is the server's text. */
  | { readonly state: 'refused'; readonly answer: string }
  /** The server puts off this mail alone: greylisting, a full mailbox. */
  | { readonly state: 'deferred'; readonly answer: string };

export interface MailTransport {
  /** How many mails it sends at once. */
  readonly concurrency: number;
  /** Sends one mail; a repeat sends the same bytes. Rejects during an outage. */
  send(letter: Letter): Promise<Handed>;
  close(): Promise<void>;
}
