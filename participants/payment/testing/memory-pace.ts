/** The pace of each gateway's account in memory: the verbs of `sql/pace.ts`, by the same rules. */
import type { MemoryTable } from '#runtime/testing/memory-table.ts';
import { type PaceState, UNPACED } from '../pacing/reservations.ts';
import type { PaymentStore } from '../store.ts';

type PaceVerbs = Pick<PaymentStore, 'lockPace' | 'writePace'>;

/** @param paces by the gateway's name */
export function memoryPace(paces: MemoryTable<PaceState>): PaceVerbs {
  return {
    lockPace: async (gateway) => ({ state: paces.get(gateway) ?? UNPACED, nowMs: Date.now() }),
    writePace: async (gateway, state) => paces.put(gateway, state),
  };
}
