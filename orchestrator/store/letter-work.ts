/** The port of the work on dead letters: groups, corrections, discards, and the letters that are being sent. */
import type { ActionDraft } from './action-rows.ts';
import type { LetterPlace } from './dead-letter-store.ts';
import type { LetterFilter, LetterState, SendableLetter } from './letter-rows.ts';

/** The actions of the audit's entries. */
export const EDIT = 'edit-dead-letter';
export const DISCARD = 'discard-dead-letter';

/** Letters that share topic, sender, reason and text, whatever ids and numbers the texts hold. */
export interface LetterGroup {
  readonly groupId: string;
  readonly groupText: string;
  readonly originTopic: string;
  readonly parkedBy: string;
  readonly reason: string;
  readonly letters: number;
  readonly oldestAt: Date;
  readonly newestAt: Date;
  /** Its newest letter. */
  readonly samplePartition: number;
  readonly sampleOffset: number;
  readonly sampleText: string;
}

/** A letter that a batch is to act on, as the plan sees it. */
export interface ChosenLetter extends LetterPlace {
  readonly sagaId: string | null;
  readonly edits: number;
  readonly originTopic: string;
  /** With U+FFFD in place of what is not UTF-8. */
  readonly key: string | null;
  /** Set only where the key is not UTF-8. */
  readonly keyBytes?: Buffer;
  /** Of the body that would be sent. */
  readonly bytes: number;
  readonly state: LetterState;
}

/** Whose change it is, and why; `id` is that of the audit's entry. */
export type LetterChange = Pick<ActionDraft, 'id' | 'actor' | 'role' | 'reason' | 'idempotencyKey'>;

export interface LetterWorkStore {
  /** Groups of the newest `scanMax` letters that a filter chooses, the largest first. */
  groups(
    filter: LetterFilter,
    limit: number,
    scanMax: number,
  ): Promise<{ groups: LetterGroup[]; isComplete: boolean }>;
  /** The letters that a filter chooses, oldest first. */
  choose(filter: LetterFilter, limit: number): Promise<ChosenLetter[]>;
  /** Those of some places that are there, oldest first. */
  chooseThese(places: readonly LetterPlace[]): Promise<ChosenLetter[]>;
  /** The highest offset that is stored, or -1. */
  lastOffset(): Promise<number>;
  /** Letters with all that sending them takes, in any order. */
  readAll(places: readonly LetterPlace[]): Promise<SendableLetter[]>;
  /**
   * Stores a corrected body beside the original one, with an entry of the audit.
   * @param fields where it differs, for the audit, which keeps no body
   * @returns `changed`: somebody corrected the letter meanwhile; `mismatch`: the key was used for something else
   */
  edit(
    letter: Pick<SendableLetter, 'partition' | 'offset' | 'sagaId' | 'edits'>,
    value: Buffer,
    fields: readonly string[],
    by: LetterChange,
    now: () => number,
  ): Promise<'done' | 'changed' | 'mismatch'>;
  /** Discards a letter, with an entry of the audit; one that is discarded already stays as it is. */
  discard(
    letter: Pick<SendableLetter, 'partition' | 'offset' | 'sagaId'>,
    by: LetterChange,
    now: () => number,
  ): Promise<'done' | 'mismatch'>;
  /** The letters of these that the caller alone may send until then; the others are being sent. */
  claim(places: readonly LetterPlace[], claim: string, forMs: number): Promise<LetterPlace[]>;
  /** Gives a claim up. */
  unclaim(places: readonly LetterPlace[], claim: string): Promise<void>;
  /** Notes that a batch sent letters. */
  noteAllSent(places: readonly LetterPlace[], batchId: string, at: Date): Promise<void>;
  /** Discards those of a batch that are open. @returns them */
  discardAll(places: readonly LetterPlace[], at: Date): Promise<LetterPlace[]>;
  /** For each letter the first one with the same bytes from the same topic after an offset, if there is one. */
  parkedAfter(
    letters: ReadonlyArray<LetterPlace & { readonly after: number }>,
  ): Promise<Array<{ of: LetterPlace; again: LetterPlace }>>;
  /** Status and state of sagas, by their ids; those that are gone, or never were, are missing. */
  sagasOf(ids: readonly string[]): Promise<ReadonlyMap<string, SagaOfLetter>>;
}

/** The saga of a letter, as it is now. */
export interface SagaOfLetter {
  readonly status: string;
  readonly state: string;
  readonly stuck: boolean;
}
