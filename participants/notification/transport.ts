/** Where mails go: the port that the mail server's and the files' adapters implement. */
import type { Letter } from './letter.ts';

/** What came of handing a mail over. What passes by itself (a server away, a disk full) is thrown instead. */
export type Handed =
  | { readonly state: 'sent' }
  /** This mail will never be taken: the address does not exist. `answer` is what the server said. */
  | { readonly state: 'refused'; readonly answer: string }
  /** This mail, not every mail, is not taken now: greylisting, a full mailbox. */
  | { readonly state: 'deferred'; readonly answer: string };

export interface Outlet {
  /** How many mails may be under way at once. */
  readonly concurrency: number;
  /** Hands one mail over. Rejects for circumstances; the same mail again is the same mail. */
  send(letter: Letter): Promise<Handed>;
  close(): Promise<void>;
}
