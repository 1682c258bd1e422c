/** What a person requests of a saga, however the request came in. */
import type { ActionName } from '#engine/control.ts';
import type { Role } from '#platform/process/auth-tokens.ts';

/** An action a person requests. */
export interface RequestedAction {
  readonly action: ActionName;
  /** The revision its author saw; null for the customer's cancel. */
  readonly revision: number | null;
  readonly actor: string;
  readonly role: Role;
  readonly reason: string;
  /** The fields of a skip, an edit or a migration; else empty. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  /** The plan its author approved; null: they named none. */
  readonly planHash: string | null;
}
