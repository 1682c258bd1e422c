/** Pause and resume: a paused saga receives messages, holds its own, and stops its clocks. */
import type { Registered } from '../definition/definition.ts';
import type { TransitionBuilder } from './transition-builder.ts';

/** The number of pauses kept: each extends the clocks of commands that were read before it. */
const PAUSES_KEPT = 20;

/** Holds everything from now on. Returns the reason of a refusal, or null. */
export function pause(builder: TransitionBuilder, isLive: boolean, nowMs: number): string | null {
  if (builder.paused) return 'it is paused already';
  if (!isLive) return 'it has ended';
  builder.paused = true;
  builder.pausedAt = nowMs;
  return null;
}

/**
 * Sends the held messages, with the present time as their time of issue, and restarts the clocks. It drops a held
 * command that the saga gave up during the pause.
 */
export function resume(definition: Registered, builder: TransitionBuilder, nowMs: number): string | null {
  if (!builder.paused) return 'it is not paused';
  const from = builder.pausedAt ?? nowMs;
  const held = builder.held;
  builder.paused = false;
  builder.pausedAt = undefined;
  builder.brake = undefined;
  builder.held = [];
  // What this very transition held leaves with the rest.
  builder.heldNow.length = 0;
  builder.stood = [...(builder.stood ?? []), { from, ms: nowMs - from }].slice(-PAUSES_KEPT);
  for (const [name, timer] of Object.entries(builder.timers)) {
    const ranFrom = Math.max(from, timer.at - timer.delayMs);
    builder.timers[name] = { ...timer, at: timer.at + nowMs - ranFrom };
  }
  const heldIds = new Set(held.map(({ event }) => event.id));
  for (const [id, awaited] of Object.entries(builder.awaiting)) {
    builder.awaiting[id] = heldIds.has(id)
      ? { ...awaited, issuedAt: nowMs, version: builder.version }
      : { ...awaited, issuedAt: awaited.issuedAt + nowMs - from };
  }
  for (const { topic, event } of held) {
    const isCommand = definition.commands[event.type] !== undefined;
    if (isCommand && builder.awaiting[event.id] === undefined) continue;
    const time = isCommand ? new Date(nowMs).toISOString() : event.time;
    // After a long pause the old deadline has passed, and the participant would skip the command.
    const deadline = new Date(nowMs + definition.scheduleToCloseMs).toISOString();
    builder.out.push({ topic, event: { ...event, time, ...(event.deadline !== undefined && { deadline }) } });
  }
  return null;
}
