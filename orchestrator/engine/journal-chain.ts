/**
 * The journal's hash chain, saga by saga: the hash of an entry covers the hash of the entry before it, the entry's own columns
 * and a digest of its documents. The saga's row keeps the hash of the newest entry, so that the next one needs no read.
 *
 * A digest stands for the documents because an erasure rewrites them: it keeps the digest, and the chain still holds. The saga's salt
 * is a part of the digest; the erasure replaces it, so that nobody can compare a guess at what was erased with the digest.
 */
import { hash } from 'node:crypto';
import type { OutMessage } from '#protocol/envelope.ts';
import type { JournalEntry, SagaRow } from './saga.ts';

/** The documents of an entry, as the exact texts that the journal stores. */
export interface EntryTexts {
  readonly message: string;
  readonly change: string;
  readonly out: string;
}

/** An entry with its hash, and the texts that the hash covers. */
export interface ChainedEntry extends JournalEntry {
  /** In hex; null: its saga is not chained. */
  readonly hash: string | null;
  readonly texts: EntryTexts;
}

/** The columns of an entry that its hash covers as they are; no erasure changes them. */
export type LinkColumns = Pick<
  JournalEntry,
  'sagaId' | 'messageId' | 'version' | 'at' | 'type' | 'fromState' | 'toState' | 'origin'
>;

/**
 * Chains an entry to the one before it.
 * @param saga its row before the entry: with the hash of the entry before, if one has a hash
 * @param sent the entry's messages as they were encoded for the brokers: they are not encoded again
 */
export function chainEntry(
  { journalHash, journalSalt }: Pick<SagaRow, 'journalHash' | 'journalSalt'>,
  entry: JournalEntry,
  sent: readonly OutMessage[],
): ChainedEntry {
  const out = sent.map(({ topic, value }) => `{"topic":${JSON.stringify(topic)},"event":${value}}`);
  const texts = {
    message: JSON.stringify(entry.message),
    change: JSON.stringify(entry.change),
    out: `[${out.join(',')}]`,
  };
  const hash =
    journalSalt === undefined ? null : linkHash(journalHash, entry, contentDigest(journalSalt, texts));
  return { ...entry, hash, texts };
}

/** The digest of an entry's documents. JSON text has no line break, so that the three cannot be divided otherwise. */
export function contentDigest(salt: string, { message, change, out }: EntryTexts): string {
  return hash('sha256', `${salt}\n${message}\n${change}\n${out}`);
}

/**
 * The length of a hash in hex: half of SHA-256, for a row has some 1,000 bytes. Whoever changes an entry must find another text of the same
 * hash (2^128 attempts); two texts of one hash (2^64) cannot be prepared, for the salt is random.
 */
const HEX_LENGTH = 32;

/** The hash of an entry: of one field a line. Texts from outside are JSON, in which a line break is escaped. */
export function linkHash(previous: string | undefined, columns: LinkColumns, content: string): string {
  const { sagaId, messageId, version, at, type, fromState, toState, origin } = columns;
  const lines = [
    previous ?? '',
    content,
    sagaId,
    version,
    at.getTime(),
    JSON.stringify(messageId),
    JSON.stringify(type),
    fromState,
    toState,
    JSON.stringify(origin.topic),
    origin.partition,
    origin.offset,
  ];
  return hash('sha256', lines.join('\n')).slice(0, HEX_LENGTH);
}
