/**
 * Resumes what released brakes still hold, at their rates. Each API does so; a released brake is one's at a time, under its row's
 * lock, and what a killed one left unpublished the sweeper publishes.
 */
import { actionMessage } from '#engine/control.ts';
import type { Outbox } from '#engine/ports.ts';
import type { BrakeStore } from '#orchestrator/store/brake-store.ts';
import { publishWithin } from '#platform/batching/publication.ts';
import type { Logger } from '#platform/process/log.ts';
import { Gauge, registry } from '#platform/process/metrics.ts';
import { repeat } from '#platform/process/repeat.ts';
import { toActionData } from './views/action.ts';

const EVERY_MS = 500;
const COUNTED_EVERY_MS = 15_000;
/** More brakes than anybody sets. */
const BRAKES_MAX = 100;

const registers = [registry];
const brakeAge = new Gauge({
  name: 'saga_brake_seconds',
  help: 'How long a brake has been set that has not ended, by what it holds',
  labelNames: ['holds'] as const,
  registers,
});
const brakeHeld = new Gauge({
  name: 'saga_brake_held',
  help: 'Sagas that a brake holds, by the command it holds',
  labelNames: ['holds'] as const,
  registers,
});

/** Begins to resume, and to count what brakes hold. */
export function keepResumingHeld(
  brakes: BrakeStore,
  { outbox, log, now }: { outbox: Outbox; log: Logger; now: () => number },
): { close(): Promise<void> } {
  const resume = async () => {
    const actions = await brakes.resumeSome();
    if (actions.length === 0) return;
    const messages = actions.map((row) =>
      actionMessage(row.sagaId, toActionData(row), row.createdAt.getTime()),
    );
    // Not awaited: the rows are durable, and their `due_at` has the sweeper publish them again.
    void publishWithin(outbox, messages);
  };
  const observe = async () => {
    const set = (await brakes.list(null, BRAKES_MAX)).filter(({ endedAt }) => endedAt === null);
    const held = await Promise.all(set.map(({ id }) => brakes.held(id)));
    brakeAge.reset();
    brakeHeld.reset();
    for (const [nth, { holds, setAt }] of set.entries()) {
      brakeAge.set({ holds }, (now() - setAt.getTime()) / 1000);
      brakeHeld.set({ holds }, held[nth]?.value.sagas ?? 0);
    }
  };
  const resuming = repeat(resume, { everyMs: EVERY_MS, log, failed: 'held-not-resumed' });
  const observing = repeat(observe, { everyMs: COUNTED_EVERY_MS, log, failed: 'brakes-not-counted' });
  return {
    async close() {
      await Promise.all([resuming.close(), observing.close()]);
    },
  };
}
