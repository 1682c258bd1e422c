/** What a reply makes public is published: each use of a coupon is on its topic, always in the same words, and no other is. */
import { USAGE_EVENTS, usageEvents } from '#participants/coupon/redemption/usage.ts';
import { decode } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { SAGA_REPLIES } from '#protocol/topics.ts';
import type { Bus } from './bus.ts';

/** What is wrong with the events beside the replies, one line each. Once all has come to rest. */
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
    // Chaos writes what is no envelope.
    return [];
  }
}
