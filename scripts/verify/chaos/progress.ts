/** Watches during a run whether orders accepted after a moment complete again. */
import { partitionOf, SAGA_PARTITIONS } from '#protocol/ids.ts';

/** A question: since when were orders accepted that must complete, and when was that seen. Times are ms of the run. */
export interface Recovery {
  readonly since: number;
  /**
   * When an order accepted after `since` had completed in every partition; null until then. One order proves little:
   * other processes' partitions complete all the time.
   */
  at: number | null;
}

export interface Progress {
  accepted(id: string, at: number): void;
  completed(id: string, at: number): void;
  /** Begins to watch for orders accepted from `since` on. */
  watch(since: number): Recovery;
}

/** Nothing accepted, nothing watched. */
export function startProgress(partitions = SAGA_PARTITIONS): Progress {
  const acceptedAt = new Map<string, number>();
  const open = new Map<Recovery, Set<number>>();
  return {
    accepted: (id, at) => void acceptedAt.set(id, at),
    completed(id, at) {
      const from = acceptedAt.get(id);
      if (from === undefined) return;
      acceptedAt.delete(id);
      for (const [recovery, seen] of open) {
        if (from < recovery.since) continue;
        seen.add(partitionOf(id, partitions));
        if (seen.size < partitions) continue;
        recovery.at = at;
        open.delete(recovery);
      }
    },
    watch(since) {
      const recovery: Recovery = { since, at: null };
      open.set(recovery, new Set());
      return recovery;
    },
  };
}
