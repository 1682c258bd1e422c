/** Pausing: a paused saga takes in what it is told, holds what it would send, and its clocks stand still. */
import type { Registered } from '../definition/definition.ts';
import type { Draft } from './transition-builder.ts';

/** Pauses remembered: what was read before one of them is given the time it lasted. */
const PAUSES_KEPT = 20;

/** From now on everything is held. Returns why it cannot be. */
export function pause(draft: Draft, isLive: boolean, nowMs: number): string | null {
  if (draft.paused) return 'it is paused already';
  if (!isLive) return 'it has ended';
  draft.paused = true;
  draft.pausedAt = nowMs;
  return null;
}

/**
 * Sends what was held, as if it had only now been issued, and lets the clocks run on. A command that was given up
 * meanwhile was never sent and is not sent now.
 */
export function resume(definition: Registered, draft: Draft, nowMs: number): string | null {
  if (!draft.paused) return 'it is not paused';
  const from = draft.pausedAt ?? nowMs;
  const held = draft.held;
  draft.paused = false;
  draft.pausedAt = undefined;
  draft.held = [];
  draft.stood = [...(draft.stood ?? []), { from, ms: nowMs - from }].slice(-PAUSES_KEPT);
  for (const [name, timer] of Object.entries(draft.timers)) {
    const ranFrom = Math.max(from, timer.at - timer.delayMs);
    draft.timers[name] = { ...timer, at: timer.at + nowMs - ranFrom };
  }
  const heldIds = new Set(held.map(({ event }) => event.id));
  for (const [id, awaited] of Object.entries(draft.awaiting)) {
    draft.awaiting[id] = heldIds.has(id)
      ? { ...awaited, issuedAt: nowMs, version: draft.version }
      : { ...awaited, issuedAt: awaited.issuedAt + nowMs - from };
  }
  for (const { topic, event } of held) {
    const isCommand = definition.commands[event.type] !== undefined;
    if (isCommand && draft.awaiting[event.id] === undefined) continue;
    const time = isCommand ? new Date(nowMs).toISOString() : event.time;
    // Its deadline would have passed in a long pause, and its participant would skip it.
    const deadline = new Date(nowMs + definition.scheduleToCloseMs).toISOString();
    draft.out.push({ topic, event: { ...event, time, ...(event.deadline !== undefined && { deadline }) } });
  }
  return null;
}
