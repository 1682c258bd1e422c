/** What a reply makes public is told: each use of a coupon is on its topic, always in the same words, and no other is. */
import { USAGE_FACTS, usageFacts } from '#participants/coupon/redemption/usage.ts';
import { decode } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { SAGA_REPLIES } from '#protocol/topics.ts';
import type { Bus } from './bus.ts';

/** What is wrong with the facts beside the replies, one line each. Once all has come to rest. */
export function untoldUses(bus: Bus): string[] {
  const due = new Set(recordsOf(bus, SAGA_REPLIES).flatMap(factsOf));
  const told = new Set(recordsOf(bus, USAGE_FACTS['coupon.used'].topic).map(({ value }) => String(value)));
  return [
    ...[...due].filter((fact) => !told.has(fact)).map((fact) => `a use is not public: ${fact}`),
    ...[...told]
      .filter((fact) => !due.has(fact))
      .map((fact) => `a use is public that no reply tells of: ${fact}`),
  ];
}

function recordsOf(bus: Bus, topic: string): InRecord[] {
  return [...bus.logs].filter(([place]) => place.startsWith(`${topic}/`)).flatMap(([, log]) => log);
}

function factsOf({ value }: InRecord): string[] {
  try {
    return usageFacts(decode(value)).map((fact) => String(fact.value));
  } catch {
    // Chaos writes what is no envelope.
    return [];
  }
}
