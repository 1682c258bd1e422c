/** The audit's hash chain: each action's hash covers the one before and every column that never changes. */
import { hash } from 'node:crypto';

/** The hash in front of the first action. */
export const CHAIN_START = '0'.repeat(64);

/** The columns of an action that never change. */
export interface AuditColumns {
  readonly id: string;
  /** Position in the chain: 1, 2, 3 … */
  readonly seq: number;
  readonly sagaId: string;
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

/** One link of the chain, as it is stored. */
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

/** Finds what is wrong with a chain, in words; null when every link holds. Expects all links, by `seq`. */
export function brokenLink(links: readonly AuditLink[]): string | null {
  let previous = CHAIN_START;
  for (const [i, link] of links.entries()) {
    if (link.seq !== i + 1) return `action ${i + 1} is missing`;
    if (link.previousHash !== previous) return `action ${link.seq} does not follow the one before`;
    if (link.hash !== auditHash(previous, link)) return `action ${link.seq} has been changed`;
    previous = link.hash;
  }
  return null;
}
