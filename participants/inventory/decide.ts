/** Decides inventory's commands in memory and in order, on locked rows: a later order finds less after an earlier one. */

import type { Finding, RefusalData, UndoneData } from '#protocol/contract.ts';
import { commandNumber } from '#protocol/ids.ts';
import type { OrderItem } from '#protocol/order-events.ts';
import { type AnyCommand, type AnyReply, type Command, findings } from '#runtime/participant.ts';
import { type InventoryContract, inventory } from './contract.ts';
import type { Changes, Level, Movement, Reservation } from './store.ts';

type Reply = AnyReply<InventoryContract>;

/** The locked rows; a decision changes them. */
export interface LockedRows {
  /** By sku; an unknown sku is missing. */
  readonly levels: ReadonlyMap<string, Level>;
  /** By saga id. */
  readonly reservations: ReadonlyMap<string, readonly Reservation[]>;
}

/** The replies to the commands, in order, and the changes to write. */
export function decideInventory(
  commands: ReadonlyArray<AnyCommand<InventoryContract>>,
  rows: LockedRows,
): { replies: Reply[]; changes: Changes } {
  const changes: Changes = { movements: [], made: [], moved: [] };
  const replies = commands.map((command) => decideOne(command, rows, changes));
  return { replies, changes };
}

function decideOne(command: AnyCommand<InventoryContract>, rows: LockedRows, changes: Changes): Reply {
  switch (command.type) {
    case 'inventory.reserve':
      return reserve(command, rows, changes);
    case 'inventory.confirm':
      return confirm(command, rows, changes);
    case 'inventory.release':
      return release(command, rows, changes);
    case 'inventory.revoke':
      return { type: 'inventory.revoked', data: { found: findings(command, inventory) } };
  }
}

/** An order's items, one line a sku, sorted. */
export function bySku(items: readonly OrderItem[]): OrderItem[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of items) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([sku, quantity]) => ({ sku, quantity }));
}

function reserve(command: Command<{ items: OrderItem[] }>, rows: LockedRows, changes: Changes): Reply {
  const items = bySku(command.data.items);
  const refusal = items.map((item) => shortage(item, rows)).find((found) => found !== null);
  if (refusal) return { type: 'inventory.refused', data: refusal };
  move(command, 'reserve', items, rows, changes);
  const { sagaId, id: commandId } = command;
  changes.made.push({ sagaId, commandId, items, state: 'reserved', confirmedBy: null });
  return { type: 'inventory.reserved', data: {} };
}

function shortage({ sku, quantity }: OrderItem, rows: LockedRows): RefusalData | null {
  const level = rows.levels.get(sku);
  if (level === undefined) return { code: 'unknown-sku', text: `We do not sell ${sku}.` };
  if (level.available >= quantity) return null;
  const left = level.available === 0 ? `${sku} is sold out` : `only ${level.available} of ${sku} are left`;
  return { code: 'sold-out', text: `${left}, and ${quantity} were ordered.` };
}

/**
 * Confirms what the last `inventory.reserve` reserved: an earlier one was given up before, and where it was executed late all the
 * same, its undo is on the way.
 */
function confirm(command: Command, rows: LockedRows, changes: Changes): Reply {
  const [reservation] = (rows.reservations.get(command.sagaId) ?? [])
    .filter(({ state }) => state === 'reserved')
    .sort((a, b) => commandNumber(b.commandId) - commandNumber(a.commandId));
  if (reservation === undefined) {
    return {
      type: 'inventory.confirmRefused',
      data: { code: 'not-reserved', text: 'Nothing is reserved for this order.' },
    };
  }
  move(command, 'confirm', reservation.items, rows, changes);
  reservation.state = 'confirmed';
  reservation.confirmedBy = command.id;
  changes.moved.push(reservation);
  return { type: 'inventory.confirmed', data: {} };
}

/** Releases or returns the items of the named commands; a reservation released before stays as it is. */
function release(command: Command, rows: LockedRows, changes: Changes): Reply {
  const found: Record<string, Finding> = {};
  const held = new Set<Reservation>();
  for (const [commandId, finding] of Object.entries(findings(command, inventory))) {
    found[commandId] = finding;
    if (finding !== 'done') continue;
    const reservation = rows.reservations
      .get(command.sagaId)
      ?.find((one) => one.commandId === commandId || one.confirmedBy === commandId);
    if (reservation === undefined) {
      return {
        type: 'inventory.releaseRefused',
        data: { code: 'reservation-missing', text: `${commandId} has left no row.` },
      };
    }
    held.add(reservation);
    found[commandId] = 'undone';
  }
  for (const reservation of held) {
    if (reservation.state === 'released') continue;
    move(command, reservation.state === 'reserved' ? 'release' : 'return', reservation.items, rows, changes);
    reservation.state = 'released';
    changes.moved.push(reservation);
  }
  return { type: 'inventory.released', data: { found } satisfies UndoneData };
}

/** The direction in which each kind moves a quantity. */
const MOVES = {
  reserve: { from: 'available', to: 'reserved' },
  confirm: { from: 'reserved', to: 'sold' },
  release: { from: 'reserved', to: 'available' },
  return: { from: 'sold', to: 'available' },
} as const;

function move(
  command: Command,
  kind: keyof typeof MOVES,
  items: readonly OrderItem[],
  rows: LockedRows,
  changes: Changes,
): void {
  const { from, to } = MOVES[kind];
  for (const { sku, quantity } of items) {
    const level = rows.levels.get(sku);
    if (level === undefined) throw new Error(`${sku} was reserved and is not in stock any more`);
    level[from] -= quantity;
    level[to] += quantity;
    const none: Level = { available: 0, reserved: 0, sold: 0 };
    const movement: Movement = {
      sku,
      kind,
      sagaId: command.sagaId,
      commandId: command.id,
      ...none,
      [from]: -quantity,
      [to]: quantity,
    };
    changes.movements.push(movement);
  }
}
