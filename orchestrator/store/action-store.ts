/**
 * People's actions on PostgreSQL: one row is the audit's entry, the idempotency key, and the message to publish. How entries are
 * appended to the audit's chain is in `append-audit.ts`.
 */

import type { Database } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';
import type { ActionDraft, ActionRow } from './action-rows.ts';
import { appendAction, underKey } from './append-audit.ts';
import type { AuditLink } from './audit-chain.ts';
import { type AuditQuery, conditionOf } from './audit-query.ts';

/** An action as the audit has it: on a saga, on a dead letter, or on what no saga owns. */
export interface AuditedAction extends Omit<ActionRow, 'sagaId' | 'action'> {
  readonly sagaId: string | null;
  readonly action: string;
}

export interface ActionStore {
  /**
   * Appends an action to the audit. If the actor used the key before, returns the action of that time instead. A draft may
   * be appended again after an attempt whose outcome is unknown: it waits for that attempt, and enters the audit once.
   */
  append(draft: ActionDraft, now: () => number): Promise<{ row: ActionRow; isNew: boolean }>;
  /** The action an actor requested under a key. */
  underKey(actor: string, idempotencyKey: string): Promise<ActionRow | null>;
  read(id: string): Promise<AuditedAction | null>;
  /** The actions on a saga, oldest first. */
  ofSaga(sagaId: string, limit: number): Promise<ActionRow[]>;
  /** The audit's chain after a link, oldest first. */
  chain(afterSeq: number, limit: number): Promise<AuditLink[]>;
  /** The audit's entries, newest first. */
  audit(query: AuditQuery, limit: number): Promise<AuditEntry[]>;
}

/** An entry of the audit with the action's outcome so far. */
export interface AuditEntry extends AuditLink {
  readonly state: ActionRow['state'];
  readonly detail: string | null;
  readonly endedAt: Date | null;
}

const LINK = {
  id: true,
  seq: true,
  sagaId: true,
  batchId: true,
  action: true,
  revision: true,
  actor: true,
  role: true,
  reason: true,
  params: true,
  idempotencyKey: true,
  planHash: true,
  createdAt: true,
  previousHash: true,
  hash: true,
  erasedBy: true,
} as const;
const OUTCOME = { state: true, detail: true, endedAt: true } as const;
const ACTION = {
  id: true,
  sagaId: true,
  action: true,
  revision: true,
  actor: true,
  role: true,
  reason: true,
  params: true,
  createdAt: true,
  planHash: true,
  appliedPlanHash: true,
  ...OUTCOME,
} as const;

/** The store of actions. */
export function actionStore(db: Database, prisma: Prisma): ActionStore {
  return {
    append: (draft, now) => appendAction(db, draft, now),

    underKey: (actor, key) => underKey(db, actor, key),

    read: async (id) =>
      (await prisma.action.findUnique({
        select: ACTION,
        where: { id, sagaId: { not: null } },
      })) as ActionRow | null,

    ofSaga: async (sagaId, limit) =>
      (await prisma.action.findMany({
        select: ACTION,
        where: { sagaId },
        orderBy: { seq: 'asc' },
        take: limit,
      })) as ActionRow[],

    async chain(after, limit) {
      const found = await prisma.action.findMany({
        select: LINK,
        where: { seq: { gt: after } },
        orderBy: { seq: 'asc' },
        take: limit,
      });
      return found.map(withNumber<AuditLink>);
    },

    async audit(query, limit) {
      const found = await prisma.action.findMany({
        select: { ...LINK, ...OUTCOME },
        where: conditionOf(query),
        orderBy: { seq: 'desc' },
        take: limit,
      });
      return found.map(withNumber<AuditEntry>);
    },
  };
}

function withNumber<T extends AuditLink>(found: object & { seq: bigint }): T {
  return { ...found, seq: Number(found.seq) } as unknown as T;
}
