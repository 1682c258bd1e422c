/** The rules that hold across orders: stock, effects and their replies, tombstones. */
import type { Registered } from '#engine/definition/definition.ts';
import type { Birth } from '#orchestrator/store/intake-store.ts';
import type { StoredEntry, StoredSaga } from '#orchestrator/store/testing/memory-store.ts';
import type { RedeemableCoupon } from '#participants/coupon/redemption/store.ts';
import type { Level, Movement, Reservation } from '#participants/inventory/store.ts';
import type { StoredIntent } from '#participants/payment/testing/memory-intents.ts';
import type { StoredIncident, StoredReversal } from '#participants/payment/testing/memory-reversals.ts';
import type { StoredShipment } from '#participants/shipping/testing/memory-store.ts';
import type { Finding } from '#protocol/contract.ts';
import type { StoredCommand } from '#runtime/testing/memory-inbox.ts';
import type { GatewayLedger } from '../ledger/gateway-ledger.ts';

/** Everything that is written anywhere. */
export interface Snapshot {
  readonly orders: ReadonlyMap<string, Birth>;
  readonly sagas: ReadonlyMap<string, StoredSaga>;
  readonly journal: ReadonlyMap<string, readonly StoredEntry[]>;
  readonly inboxes: readonly StoredCommand[];
  readonly stock: ReadonlyMap<string, Level>;
  readonly movements: readonly Movement[];
  readonly reservations: readonly Reservation[];
  readonly intents: readonly StoredIntent[];
  readonly shipments: readonly StoredShipment[];
  readonly coupons: readonly RedeemableCoupon[];
  readonly mails: ReadonlyArray<{ readonly eventId: string; readonly orderId: string }>;
  readonly reversals: readonly StoredReversal[];
  readonly incidents: readonly StoredIncident[];
  readonly gateway: readonly GatewayLedger[];
  /** Commands whose tombstones a participant lost. */
  readonly lost: ReadonlySet<string>;
}

/** stock: levels are the sums of the movements and what orders hold, and never negative. */
export function stockIsRight({ stock, movements, reservations }: Snapshot): string[] {
  return [...stock].flatMap(([sku, level]) => {
    const sum = (what: keyof Level) =>
      movements.reduce((total, one) => total + (one.sku === sku ? one[what] : 0), 0);
    const held = (wanted: Reservation['state']) =>
      reservations
        .filter(({ state }) => state === wanted)
        .flatMap(({ items }) => items)
        .reduce((total, item) => total + (item.sku === sku ? item.quantity : 0), 0);
    const { available, reserved, sold } = level;
    const isRight =
      Math.min(available, reserved, sold) >= 0 &&
      available === sum('available') &&
      reserved === sum('reserved') &&
      sold === sum('sold') &&
      reserved === held('reserved') &&
      sold === held('confirmed');
    return isRight ? [] : [`stock: ${sku}: available ${available}, reserved ${reserved}, sold ${sold}`];
  });
}

/** one effect a command: a command answered as done has exactly one effect, and every effect has its answer. */
export function effectsFitReplies({ inboxes, reservations, intents, shipments }: Snapshot): string[] {
  const answered = (type: string) =>
    inboxes.filter(({ reply }) => reply?.includes(`"type":"${type}"`)).map(({ commandId }) => commandId);
  const pairs = {
    'inventory.reserved': reservations.map(({ commandId }) => commandId),
    'inventory.confirmed': reservations.flatMap(({ confirmedBy }) => confirmedBy ?? []),
    'payment.charged': intents
      .filter(({ outcome }) => outcome === 'charged')
      .map(({ commandId }) => commandId),
    'shipping.prepared': shipments.map(({ commandId }) => commandId),
  };
  return Object.entries(pairs).flatMap(([type, done]) =>
    done.sort().join() === answered(type).sort().join()
      ? []
      : [`one effect a command: ${type}: ${done} were done`],
  );
}

/** inboxes: a reply is that of its own command, and of a type the command permits. */
export function answersFit({ inboxes }: Snapshot, definition: Registered): string[] {
  return inboxes.flatMap(({ commandId, type, state, reply }) => {
    if (state !== 'answered') return reply === null ? [] : [`inboxes: ${commandId}: ${state} with a reply`];
    const answer = JSON.parse(reply ?? '{}') as { type?: string; commandid?: string };
    const contract = definition.commands[type]?.contract.commands[type];
    const fits =
      answer.commandid === commandId && [contract?.success, contract?.refusal].includes(answer.type ?? '');
    return fits ? [] : [`inboxes: ${commandId}: answered with ${answer.type} of ${answer.commandid}`];
  });
}

/**
 * tombstones: a command that an undo reported as not executed is never executed afterwards, unless its participant
 * lost the tombstone.
 */
export function tombstonesStand({ inboxes, lost }: Snapshot): string[] {
  const states = new Map(inboxes.map(({ commandId, state }) => [commandId, state]));
  return inboxes.flatMap(({ commandId: undo, reply }) => {
    const answer = JSON.parse(reply ?? '{}') as { data?: { found?: Readonly<Record<string, Finding>> } };
    return Object.entries(answer.data?.found ?? {}).flatMap(([id, finding]) =>
      finding === 'not-executed' && states.get(id) !== 'tombstone' && !lost.has(id)
        ? [`tombstones: ${undo} reported ${id} as not executed, and it was executed`]
        : [],
    );
  });
}
