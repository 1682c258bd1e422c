/** Verifies the hash chain of a saga's journal: finds what was changed, removed, exchanged or added beside the engine. Pure. */
import { hash } from 'node:crypto';
import { uuidv7Floor } from '#protocol/ids.ts';
import { contentDigest, type EntryTexts, type LinkColumns, linkHash } from './journal-chain.ts';

/** The most faults of a saga that are reported; the first ones name where it begins. */
export const FAULTS_MAX = 20;

/** An entry as it is stored. */
export interface StoredLink extends LinkColumns {
  readonly texts: EntryTexts;
  /** Null: an engine of a build without the chain wrote it. */
  readonly hash: string | null;
  /** The entry of the audit by which its documents were erased, and the digest of what they held; null: nothing was. */
  readonly erased: { readonly by: string; readonly content: string } | null;
}

/** A saga's row, as far as it anchors the chain. */
export interface ChainHead {
  readonly sagaId: string;
  readonly version: number;
  /** The hash of the newest chained entry. */
  readonly hash: string | null;
  /** Null: it is not chained. */
  readonly salt: string | null;
}

/**
 * What vouches for the erased entries of one saga: for each erasure the digest (`erasedDigest`) of what it left; `waiting` while
 * the erasure has not ended. An erasure that is missing here is none.
 */
export type Vouched = ReadonlyMap<string, string | 'waiting'>;

export interface ChainFault {
  /** The version of the entry. */
  readonly version: number;
  readonly what: string;
}

export interface ChainReport {
  readonly entries: number;
  readonly erased: number;
  /** Entries without a hash, by version. */
  readonly unchained: readonly number[];
  /** Of those: the ones after a chained entry. Only an engine of an earlier build writes such a one, during an upgrade. */
  readonly unchainedAfter: readonly number[];
  readonly faults: readonly ChainFault[];
}

/** The digest of what an erasure left of a saga's entries: of nothing personal, and so without a salt. @param entries oldest first */
export function erasedDigest(entries: ReadonlyArray<Pick<StoredLink, 'version' | 'texts'>>): string {
  const lines = entries.map(({ version, texts }) => `${version} ${contentDigest('', texts)}`);
  return hash('sha256', lines.join('\n'));
}

/**
 * Verifies one saga.
 * @param links all entries of its journal, by version
 * @param chainedSince from when on an entry without a hash is a fault, because no engine of an earlier build ran any more; but for
 *   sagas that are older than that and have no salt, which no engine chains
 */
export function verifyJournal(
  head: ChainHead,
  links: readonly StoredLink[],
  vouched: Vouched,
  chainedSince: Date | null = null,
): ChainReport {
  const faults: ChainFault[] = [];
  const isNeverChained =
    head.salt === null && chainedSince !== null && head.sagaId < uuidv7Floor(chainedSince.getTime());
  const unchained: number[] = [];
  const unchainedAfter: number[] = [];
  let before: StoredLink | undefined;
  let chained: StoredLink | undefined;
  for (const link of links) {
    const { version } = link;
    if (before !== undefined && version <= before.version)
      faults.push({ version, what: `entry ${version} is there twice` });
    if (link.hash === null) {
      unchained.push(version);
      if (chained !== undefined) unchainedAfter.push(version);
      if (chainedSince !== null && link.at >= chainedSince && !isNeverChained)
        faults.push({ version, what: `entry ${version} has no hash: no engine wrote it` });
    } else {
      const content = link.erased?.content ?? contentDigest(head.salt ?? '', link.texts);
      if (link.hash !== linkHash(chained?.hash ?? undefined, link, content))
        faults.push(brokenAfter(before?.version ?? 0, version));
      chained = link;
    }
    before = link;
  }
  faults.push(...headFaults(head, links), ...unvouched(links, vouched));
  const erased = links.filter((link) => link.erased !== null).length;
  return { entries: links.length, erased, unchained, unchainedAfter, faults: faults.slice(0, FAULTS_MAX) };
}

/** A version rises without an entry where an incident is raised from outside; a gap alone is no fault. */
function brokenAfter(before: number, version: number): ChainFault {
  const missing = before + 1;
  if (version <= missing) return { version, what: `entry ${version} has been changed` };
  const range = version - missing === 1 ? `entry ${missing} is` : `entries ${missing} to ${version - 1} are`;
  return { version: missing, what: `${range} missing, or entry ${version} has been changed` };
}

/** The faults of the chain's end: the saga's row names the newest entry. */
function headFaults(head: ChainHead, links: readonly StoredLink[]): ChainFault[] {
  const newest = links.at(-1);
  if (newest !== undefined && newest.version > head.version)
    return [{ version: newest.version, what: `entry ${newest.version} is newer than its saga` }];
  const chained = links.filter((link) => link.hash !== null);
  const last = chained.at(-1);
  if ((last?.hash ?? null) === head.hash) return [];
  const named = chained.findIndex((link) => link.hash === head.hash);
  const added = chained[named + 1];
  if (named >= 0 && added !== undefined)
    return [
      { version: added.version, what: `entry ${added.version} was added: its saga does not bear its hash` },
    ];
  const version = (last?.version ?? 0) + 1;
  return [{ version, what: `the entries from ${version} on are missing: the saga bears another hash` }];
}

/** Erased entries that no erasure vouches for. */
function unvouched(links: readonly StoredLink[], vouched: Vouched): ChainFault[] {
  const byErasure = Map.groupBy(
    links.filter((link) => link.erased !== null),
    (link) => link.erased?.by ?? '',
  );
  return [...byErasure].flatMap(([by, entries]) => {
    const left = vouched.get(by);
    if (left === 'waiting' || left === erasedDigest(entries)) return [];
    const [first] = entries;
    const version = first?.version ?? 0;
    const why =
      left === undefined
        ? 'no entry of the audit says that it was erased'
        : 'the audit’s erasure left something else';
    return [{ version, what: `entry ${version} has been changed: ${why}` }];
  });
}
