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
  readonly createdAt: Date;
}

/** A stored link of the chain. */
export interface AuditLink extends AuditColumns {
  readonly previousHash: string;
  readonly hash: string;
}

/** SHA-256, in hex, over the previous hash and the columns in a fixed order. */
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
    createdAt,
  } = columns;
  const covered = [previousHash, id, seq, sagaId, batchId, action, revision, actor, role, reason, params];
  return hash('sha256', JSON.stringify([...covered, idempotencyKey, createdAt.toISOString()]));
}

/** The last verified link of a chain. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

/** The end of an empty chain. */
export const BEFORE_FIRST: ChainEnd = { seq: 0, hash: CHAIN_START };

/** The fault of the link after an end, in words; null when it holds. */
export function brokenAfter(end: ChainEnd, link: AuditLink): string | null {
  if (link.seq !== end.seq + 1) return `action ${end.seq + 1} is missing`;
  if (link.previousHash !== end.hash) return `action ${link.seq} does not continue the previous one`;
  return link.hash === auditHash(end.hash, link) ? null : `action ${link.seq} has been changed`;
}

/** The first fault of a chain, in words; null when every link holds. Expects all links, by `seq`. */
export function brokenLink(links: readonly AuditLink[]): string | null {
  let end = BEFORE_FIRST;
  for (const link of links) {
    const broken = brokenAfter(end, link);
    if (broken !== null) return broken;
    end = link;
  }
  return null;
}
