/** The reply to a refund or a revoke, once every intent it names is settled. */
import type { Finding } from '#protocol/contract.ts';
import type { Outcome, Refusal } from './intent.ts';

/** The fields of an intent that an undo needs. */
export interface Settled {
  readonly outcome: Outcome;
  readonly undone: boolean;
  readonly refundRefusal?: Refusal | null;
}

export type UndoAnswer =
  | {
      readonly type: 'payment.refunded' | 'payment.revoked';
      readonly data: { readonly found: Record<string, Finding> };
    }
  | { readonly type: 'payment.refundRefused'; readonly data: Refusal };

/**
 * The reply, or null while an intent is not settled; a refused refund too waits for the other intents.
 * @param names each command id: `not-executed` where it never came, null where its intent decides
 * @param intents by command id
 */
export function undoAnswer(
  type: 'payment.refund' | 'payment.revoke',
  names: Readonly<Record<string, 'not-executed' | null>>,
  intents: ReadonlyMap<string, Settled>,
): UndoAnswer | null {
  const found: Record<string, Finding> = {};
  let refused: Refusal | null = null;
  for (const [commandId, known] of Object.entries(names)) {
    if (known === 'not-executed') {
      found[commandId] = 'not-executed';
      continue;
    }
    const intent = intents.get(commandId);
    if (intent === undefined)
      throw new Error(`${commandId} has an inbox row that is no tombstone, and no intent`);
    if (intent.outcome === 'open') return null;
    if (intent.outcome === 'declined') found[commandId] = 'refused';
    else if (intent.undone) found[commandId] = 'undone';
    else if (type === 'payment.revoke') found[commandId] = 'done';
    else if (intent.refundRefusal) refused = intent.refundRefusal;
    else return null;
  }
  if (refused !== null) return { type: 'payment.refundRefused', data: refused };
  return { type: type === 'payment.refund' ? 'payment.refunded' : 'payment.revoked', data: { found } };
}
