/**
 * Every use of a coupon that a reply announces is published on its topic, always with the same content, and no other
 * use is.
 */
import { USAGE_EVENTS, usageEvents } from '#participants/coupon/redemption/usage.ts';
import { decode } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { SAGA_REPLIES } from '#protocol/topics.ts';
import type { Bus } from './bus.ts';

/** The violations among usage events, one line each. For a settled run. */
export function unpublishedUses(bus: Bus): string[] {
  const due = new Set(recordsOf(bus, SAGA_REPLIES).flatMap(eventsOf));
  const published = new Set(
    recordsOf(bus, USAGE_EVENTS['coupon.used'].topic).map(({ value }) => String(value)),
  );
  return [
    ...[...due].filter((event) => !published.has(event)).map((event) => `a use is not public: ${event}`),
    ...[...published]
      .filter((event) => !due.has(event))
      .map((event) => `a use is public that no reply tells of: ${event}`),
  ];
}

function recordsOf(bus: Bus, topic: string): InRecord[] {
  return [...bus.logs].filter(([place]) => place.startsWith(`${topic}/`)).flatMap(([, log]) => log);
}

function eventsOf({ value }: InRecord): string[] {
  try {
    return usageEvents(decode(value)).map((event) => String(event.value));
  } catch {
    // Fault injection writes records that are no envelopes.
    return [];
  }
}
