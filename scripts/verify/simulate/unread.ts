/** Waiting is not failing: a step's time-out must not be published while its command waits in a queue, or was never written. */
import { TIMER } from '#engine/control.ts';
import { CONTRACTS } from '#participants/registry.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { commandId } from '#protocol/ids.ts';
import { type Bus, placeOf } from './bus.ts';
import { MOST_SKEW_MS } from './world.ts';

/** The clocks of an engine and of a sweeper. */
const APART_MS = 2 * MOST_SKEW_MS;

/** Which command each deadline waits for. An undo's names no one command. */
const WAITS_FOR = {
  reserveDeadline: 'inventory.reserve',
  redeemDeadline: 'coupon.redeem',
  chargeDeadline: 'payment.charge',
  confirmDeadline: 'inventory.confirm',
  shipDeadline: 'shipping.prepare',
};
/**
 * Judges a message about to be written. @returns the violation, or null
 * @param scheduleToCloseMs after this time a command is given up, read or not
 */
export function timedOutUnread(
  bus: Bus,
  { key, value }: OutMessage,
  scheduleToCloseMs: number,
  nowMs: number,
): string | null {
  if (!value.includes(`"type":"${TIMER}"`)) return null;
  const { data } = JSON.parse(value.toString()) as { data: { name: string } };
  const deadline = Object.keys(WAITS_FOR).find((name) => data.name.startsWith(`xstate.after.${name}.`));
  if (deadline === undefined) return null;
  const type = WAITS_FOR[deadline as keyof typeof WAITS_FOR];
  const contract = CONTRACTS.find(({ commands }) => type in commands);
  if (contract === undefined) throw new Error(`no participant takes ${type}`);
  const place = placeOf(contract.channel, bus.partition(contract.channel, key));
  const id = commandId(key, type, 1);
  // An edit replaces a command, which may never have been sent: then one with a later number is awaited.
  const sent = bus.log(place).find((record) => idOf(record)?.split('#', 1)[0] === id);
  const isGivenUp = (sinceMs: number) => nowMs >= sinceMs + scheduleToCloseMs - APART_MS;
  // An order's id begins with the time at which it was placed.
  const placedAt = Number.parseInt(key.replace('-', '').slice(0, 12), 16);
  if (sent === undefined)
    return isGivenUp(placedAt) ? null : `waiting is not failing: ${id} is timed out, and was never written`;
  const { time } = JSON.parse(String(sent.value)) as { time: string };
  const isRead = (bus.groups.get(contract.name)?.furthest.get(place) ?? 0) > sent.offset;
  const isLost = bus.startOf(place) > sent.offset;
  if (isRead || isLost || isGivenUp(Date.parse(time))) return null;
  return `waiting is not failing: ${id} is timed out, and nobody has read it`;
}

function idOf({ key, value }: InRecord): string | null {
  if (key === null || value === null) return null;
  try {
    return (JSON.parse(value.toString()) as { id?: string }).id ?? null;
  } catch {
    return null;
  }
}
