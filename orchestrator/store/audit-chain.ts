/** The audit's hash chain: each action's hash covers the previous hash and every immutable column. */
import { hash } from 'node:crypto';

/** The hash before the first action. */
export const CHAIN_START = '0'.repeat(64);

/** The immutable columns of an action. */
export interface AuditColumns {
  readonly id: string;
  /** Position in the chain: 1, 2, 3 … */
  readonly seq: number;
  /** Null: the action was on a definition. */
  readonly sagaId: string | null;
  readonly batchId: string | null;
  readonly action: string;
  readonly revision: number | null;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  /** The plan its author approved; null: they named none. */
  readonly planHash: string | null;
  readonly createdAt: Date;
}

/** A stored link of the chain. */
export interface AuditLink extends AuditColumns {
  readonly previousHash: string;
  readonly hash: string;
  /** The later entry by which its actor, reason and parameters were erased; null: nothing was. */
  readonly erasedBy: string | null;
}

/** SHA-256, in hex, over the previous hash and the columns in a fixed order, the last one only where the entry has it. */
export function auditHash(previousHash: string, columns: AuditColumns): string {
  const {
    id,
    seq,
    sagaId,
    batchId,
    action,
    revision,
    actor,
    role,
    reason,
    params,
    idempotencyKey,
    planHash,
    createdAt,
  } = columns;
  const covered = [previousHash, id, seq, sagaId, batchId, action, revision, actor, role, reason, params];
  const approved = planHash === null ? [] : [planHash];
  return hash('sha256', JSON.stringify([...covered, idempotencyKey, createdAt.toISOString(), ...approved]));
}

/** The last verified link of a chain. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
  /** Erased links, by number, that no later entry has vouched for yet: whose, and their hash. */
  readonly erased: ReadonlyMap<number, { readonly by: string; readonly hash: string }>;
}

/** The end of an empty chain. */
export const BEFORE_FIRST: ChainEnd = { seq: 0, hash: CHAIN_START, erased: new Map() };

/** The action of the entry that erases others: its parameters list their numbers and hashes. */
export const ERASE_CUSTOMER = 'erase-customer';

/** The fault of the link after an end, in words; null when it holds. An erased link's contents are vouched for later. */
export function brokenAfter(end: ChainEnd, link: AuditLink): string | null {
  if (link.seq !== end.seq + 1) return `action ${end.seq + 1} is missing`;
  if (link.previousHash !== end.hash) return `action ${link.seq} does not continue the previous one`;
  if (link.erasedBy !== null) return null;
  return link.hash === auditHash(end.hash, link) ? null : `action ${link.seq} has been changed`;
}

/** The end after a link that holds. */
export function afterLink({ erased }: ChainEnd, link: AuditLink): ChainEnd {
  const { seq, hash, erasedBy } = link;
  if (erasedBy !== null) return { seq, hash, erased: new Map(erased).set(seq, { by: erasedBy, hash }) };
  if (link.action !== ERASE_CUSTOMER || erased.size === 0) return { seq, hash, erased };
  const named = new Map((link.params['entries'] as Array<[number, string]> | undefined) ?? []);
  const left = [...erased].filter(([nr, one]) => one.by !== link.id || named.get(nr) !== one.hash);
  return { seq, hash, erased: new Map(left) };
}

/** The fault of a chain whose every link holds: an erased link that no entry vouches for; null: none. */
export function unvouched({ erased }: ChainEnd): string | null {
  const [first] = erased.keys();
  return first === undefined
    ? null
    : `action ${first} has been changed: no later action says that it was erased`;
}

/** The first fault of a chain, in words; null when every link holds. Expects all links, by `seq`. */
export function brokenLink(links: readonly AuditLink[]): string | null {
  let end = BEFORE_FIRST;
  for (const link of links) {
    const broken = brokenAfter(end, link);
    if (broken !== null) return broken;
    end = afterLink(end, link);
  }
  return unvouched(end);
}
