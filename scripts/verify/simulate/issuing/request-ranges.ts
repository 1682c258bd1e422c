/** What the bus holds and held of coupon-request, with offsets in sequence across recreations of the topic. */
import { REQUESTS } from '#participants/coupon/events.ts';
import { type ReceivedRequest, receiveRequest } from '#participants/coupon/issuing/received-request.ts';
import type { Checkpoint, LostRange } from '#participants/coupon/issuing/store.ts';
import { inSequence } from '#platform/kafka/log-sequence.ts';
import { type Bus, topicOf } from '../bus.ts';

/** All records as issuers receive them; `isKept`: it can still be read. */
export function receivedRequests(bus: Bus): Array<ReceivedRequest & { readonly isKept: boolean }> {
  return [...bus.logs].flatMap(([place, log]) => {
    if (topicOf(place) !== REQUESTS) return [];
    return log.map((record, index) => ({
      ...receiveRequest(record, bus.logNumber(place, index)),
      isKept: index >= bus.startOf(place),
    }));
  });
}

/** Requests that are still in the log, and that no checkpoint has passed. */
export function undecidedRanges(bus: Bus, checkpoints: readonly Checkpoint[]): LostRange[] {
  return rangesOf(bus, checkpoints, ({ next, start, to }) => ({ from: Math.max(next, start), to }));
}

/** Those that are no longer in it. */
export function vanishedRanges(bus: Bus, checkpoints: readonly Checkpoint[]): LostRange[] {
  return rangesOf(bus, checkpoints, ({ next, start }) => ({ from: next, to: start }));
}

/** Those in logs that were replaced. A result that was decided there and not published yet stays unpublished: only the rows have it. */
export function replacedRanges(bus: Bus): LostRange[] {
  return rangesOf(bus, [], ({ base }) => ({ from: 0, to: base }));
}

interface Extent {
  /** The checkpoint. */
  readonly next: number;
  /** Of the present log: its first offset ever, its first readable one, and its end. */
  readonly base: number;
  readonly start: number;
  readonly to: number;
}

function rangesOf(
  bus: Bus,
  checkpoints: readonly Checkpoint[],
  range: (extent: Extent) => { from: number; to: number },
): LostRange[] {
  const decided = new Map(checkpoints.map(({ partition, next }) => [partition, next]));
  return [...bus.logs].flatMap(([place, log]) => {
    if (topicOf(place) !== REQUESTS) return [];
    const partition = log[0]?.partition ?? 0;
    const index = bus.base(place);
    const base = inSequence(bus.logNumber(place, index), 0);
    const { from, to } = range({
      next: decided.get(partition) ?? 0,
      base,
      start: base + bus.startOf(place) - index,
      to: base + log.length - index,
    });
    return from < to ? [{ partition, from, to }] : [];
  });
}
