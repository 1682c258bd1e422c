/** A person's action: as it is requested, and as its row has it. */
import type { ActionName } from '#engine/control.ts';

/** A person's request, as it enters the audit. */
export interface ActionDraft {
  readonly id: string;
  readonly sagaId: string;
  readonly action: ActionName;
  readonly revision: number | null;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  /** The plan its author saw; null: they named none. */
  readonly planHash: string | null;
}

/** An action with its outcome so far. */
export interface ActionRow extends Omit<ActionDraft, 'idempotencyKey'> {
  readonly createdAt: Date;
  readonly state: 'waiting' | 'applied' | 'refused';
  readonly detail: string | null;
  readonly endedAt: Date | null;
  /** The plan that the engine carried out; null: none, or not yet. */
  readonly appliedPlanHash: string | null;
}
