/** The intents in memory: the verbs of `sql/`, by the same rules. */
import { MemoryDataFault, type MemoryTable } from '#runtime/testing/memory-table.ts';
import type { GatewayName, Goal, Intent, IntentKey, NewIntent, Outcome, Refusal } from '../intent.ts';
import type { Held, PaymentStore, ReversalVerbs } from '../store.ts';

/** A row; its key is the command's id, which begins with its saga's. */
export interface StoredIntent extends IntentKey {
  readonly gateway: GatewayName;
  readonly customerId: string;
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  readonly gatewayCustomer: string | null;
  readonly traceparent: string | null;
  readonly createdAt: Date;
  readonly gatewayId: string | null;
  readonly outcome: Outcome;
  readonly declineCode: string | null;
  readonly goal: Goal;
  readonly undoneAt: Date | null;
  readonly refundId: string | null;
  readonly refundRefusal: Refusal | null;
  readonly tries: number;
  readonly keyNumber: number;
  readonly lastFailure: string | null;
  readonly noticedAt: Date | null;
  readonly lease: string | null;
  readonly dueAt: Date | null;
}

type IntentVerbs = Omit<
  PaymentStore,
  | 'insertUndos'
  | 'lockWaitingUndos'
  | 'recordAnswered'
  | 'takeNotices'
  | 'lockPace'
  | 'writePace'
  | keyof ReversalVerbs
>;

export function memoryIntents(intents: MemoryTable<StoredIntent>): IntentVerbs {
  /** Changes an intent. @returns the new row */
  const change = (intent: StoredIntent, changes: Partial<StoredIntent>): StoredIntent => {
    const after = { ...intent, ...changes };
    if (after.undoneAt !== null && after.outcome !== 'charged')
      throw new MemoryDataFault(`${intent.commandId} is undone and was not charged`);
    intents.put(intent.commandId, after);
    return after;
  };
  /** The intents whose lease still holds, in order, each with its item. */
  const held = <Item extends Held>(items: readonly Item[]) =>
    [...items].sort(byCommandId).flatMap((item) => {
      const intent = intents.get(item.commandId);
      return intent?.lease === item.lease ? [{ intent, item }] : [];
    });
  const of = (sagaIds: readonly string[]) =>
    [...intents.rows.values()].filter(({ sagaId }) => sagaIds.includes(sagaId));

  return {
    async insertIntents(fresh, now) {
      for (const intent of fresh)
        if (intents.get(intent.commandId) === undefined) intents.put(intent.commandId, stored(intent, now));
    },

    async raiseGoals(keys, goal, now) {
      const named = new Set(keys.map(({ commandId }) => commandId));
      const wanted = [...named].flatMap((commandId) => intents.get(commandId) ?? []);
      const undo = goal === 'undo';
      return new Map(
        wanted.map((intent) => {
          const { gateway, lease, outcome, undoneAt, dueAt } = intent;
          const left = outcome === 'open' || (undo && outcome === 'charged' && undoneAt === null);
          const after = change(intent, {
            goal: intent.goal === 'undo' ? 'undo' : goal,
            ...(undo && gateway === 'none' && outcome === 'charged' && { undoneAt: undoneAt ?? now }),
            ...(undo && intent.refundRefusal !== null && { refundRefusal: null, refundId: null }),
            ...(lease === null && { tries: 0 }),
            dueAt: lease === null && gateway !== 'none' && left ? now : dueAt,
          });
          const { commandId } = after;
          return [commandId, { commandId, outcome, undone: after.undoneAt !== null }];
        }),
      );
    },

    async claimIntents({ gateway, lease, max, now, leaseEndsAt }) {
      const due = [...intents.rows.values()].filter(
        (intent) => intent.gateway === gateway && intent.dueAt !== null && intent.dueAt <= now,
      );
      return due
        .sort((a, b) => Number(a.dueAt) - Number(b.dueAt))
        .slice(0, max)
        .map((intent) =>
          claimed(change(intent, { lease, dueAt: leaseEndsAt, tries: intent.tries + 1 }), lease),
        );
    },

    async renewLeases(items, leaseEndsAt) {
      for (const { intent } of held(items)) change(intent, { dueAt: leaseEndsAt });
    },

    async wakeIntents(sagaIds, now) {
      for (const intent of of(sagaIds))
        if (intent.lease === null && intent.dueAt !== null && intent.dueAt > now)
          change(intent, { dueAt: now });
    },

    async countUntried(gateway, max) {
      const untried = [...intents.rows.values()].filter(
        (one) =>
          one.gateway === gateway &&
          one.dueAt !== null &&
          one.lease === null &&
          one.goal === 'charge' &&
          one.tries === 0,
      );
      return Math.min(max, untried.length);
    },

    async writeGatewayIds(items) {
      const written = held(items).map(({ intent, item }) => change(intent, { gatewayId: item.gatewayId }));
      return new Set(written.map(({ commandId }) => commandId));
    },

    async writeOutcomes(items, now) {
      return held(items).map(({ intent, item }) => {
        const { sagaId, commandId, goal, gatewayId } = change(intent, {
          outcome: item.outcome ?? intent.outcome,
          declineCode: item.declineCode ?? intent.declineCode,
          undoneAt: item.undone ? now : intent.undoneAt,
          refundId: item.refundId ?? intent.refundId,
          refundRefusal: item.refundRefusal ?? intent.refundRefusal,
          keyNumber: intent.keyNumber + (item.refundRefusal === undefined ? 0 : 1),
          lastFailure: null,
        });
        return { sagaId, commandId, goal, gatewayId };
      });
    },

    async releaseIntents(items, now) {
      const released = held(items).map(({ intent }) => {
        const { goal, outcome, undoneAt, refundRefusal } = intent;
        const undoToCome =
          goal === 'undo' && outcome === 'charged' && undoneAt === null && refundRefusal === null;
        return change(intent, { lease: null, tries: 0, dueAt: undoToCome ? now : null });
      });
      return new Set(released.filter(({ dueAt }) => dueAt !== null).map(({ commandId }) => commandId));
    },

    async postponeIntents(items, now, noticeBefore) {
      return held(items).map(({ intent, item }) => {
        const { sagaId, commandId, goal, noticedAt } = intent;
        const notice = goal === 'charge' && (noticedAt === null || noticedAt <= noticeBefore);
        const tries = Math.max(0, intent.tries - (item.untried ? 1 : 0));
        const dueAt = goal === item.goal ? item.dueAt : now;
        change(intent, {
          lease: null,
          lastFailure: item.lastFailure,
          refundId: item.refundId ?? intent.refundId,
          tries,
          keyNumber: intent.keyNumber + (item.newKey ? 1 : 0),
          dueAt,
          ...(notice && { noticedAt: now }),
        });
        return { sagaId, commandId, goal, tries, dueAt, traceparent: intent.traceparent, notice };
      });
    },

    async readSettled(sagaIds) {
      return new Map(
        of(sagaIds).map(({ commandId, outcome, undoneAt, refundRefusal }) => [
          commandId,
          { outcome, undone: undoneAt !== null, refundRefusal },
        ]),
      );
    },
  };
}

function stored(
  { traceparent, gatewayCustomer, gatewayId, declineCode, ...intent }: NewIntent,
  now: Date,
): StoredIntent {
  return {
    ...intent,
    traceparent: traceparent ?? null,
    gatewayCustomer: gatewayCustomer ?? null,
    createdAt: now,
    gatewayId: gatewayId ?? null,
    declineCode: declineCode ?? null,
    goal: 'charge',
    undoneAt: null,
    refundId: null,
    refundRefusal: null,
    tries: 0,
    keyNumber: 1,
    lastFailure: null,
    noticedAt: null,
    lease: null,
    dueAt: intent.outcome === 'open' ? now : null,
  };
}

function claimed(intent: StoredIntent, lease: string): Intent {
  const { sagaId, commandId, customerId, amount, currency, method, gatewayCustomer } = intent;
  const { traceparent, gatewayId, outcome, goal, undoneAt, refundId, refundRefusal } = intent;
  const { tries, keyNumber } = intent;
  return {
    sagaId,
    commandId,
    customerId,
    amount,
    currency,
    method,
    gatewayCustomer,
    traceparent,
    gatewayId,
    outcome,
    goal,
    undone: undoneAt !== null,
    refundId,
    refundRefused: refundRefusal !== null,
    tries,
    keyNumber,
    lease,
  };
}

function byCommandId(a: IntentKey, b: IntentKey): number {
  return a.commandId < b.commandId ? -1 : 1;
}
