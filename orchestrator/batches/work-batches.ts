/**
 * Carries out batches, wave by wave. Every API runs this: the work is in the database, and whoever takes a batch's lease runs its next
 * wave. A process that is killed in a wave lets the lease run out; a process that was only slow writes nothing, for its lease has an
 * older number.
 */
import type { BatchStore, Lease } from '#orchestrator/store/batch-rows.ts';
import type { Logger } from '#platform/process/log.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';
import { messageOf } from '#protocol/errors.ts';
import type { BatchKind } from './batch-kind.ts';

/** How often a process checks for waves that are due, and the time between two waves of a batch, ms. */
const WAVE_EVERY_MS = 1_000;
/** Longer than a wave takes while the brokers answer, and than a wave waits for them while they do not, ms. */
const LEASE_MS = 30_000;
/** Batches of one round. */
const AT_ONCE = 20;
/** The most items that are acted on, or watched, in one round. */
const ITEMS_MAX = 500;

export interface BatchWork {
  readonly store: Pick<BatchStore, 'claim' | 'open' | 'record' | 'release' | 'progress' | 'waves' | 'stop'>;
  readonly kinds: readonly BatchKind[];
  readonly log: Pick<Logger, 'throttled' | 'warn'>;
  readonly waveEveryMs?: number;
  readonly leaseMs?: number;
}

/** Runs the waves that are due now. @returns how many batches had one */
export async function workRound(work: BatchWork): Promise<number> {
  const { store, leaseMs = LEASE_MS, waveEveryMs = WAVE_EVERY_MS } = work;
  for (let done = 0; done < AT_ONCE; done++) {
    const lease = await store.claim(leaseMs);
    if (lease === null) return done;
    // A wave that failed is due again: its items are still open.
    await runWave(work, lease).catch((error: unknown) =>
      work.log.throttled('batches', 'batch-wave-failed', { batch: lease.id, error: messageOf(error) }),
    );
    await store.release(lease, waveEveryMs);
  }
  return AT_ONCE;
}

async function runWave({ store, kinds, log }: BatchWork, lease: Lease): Promise<void> {
  const kind = kinds.find(({ name }) => name === lease.kind);
  if (kind === undefined) throw new Error(`this build lacks the batch kind ${lease.kind}`);
  const watched = await store.open(lease, 'watched', ITEMS_MAX);
  if (watched.length > 0) {
    const final = await kind.watch(lease, watched);
    if (final.length > 0 && !(await store.record(lease, final))) return;
  }
  if (lease.state === 'stopped') return;
  const waves = kind.isJudged ? await store.waves(lease) : [];
  const wave = kind.waveOf(lease, await store.progress(lease.id), waves);
  if (typeof wave === 'object') {
    if (await store.stop(lease, wave)) log.warn('batch-stopped', { batch: lease.id, ...wave });
    return;
  }
  const size = Math.min(wave, ITEMS_MAX);
  const waiting = size > 0 ? await store.open(lease, 'waiting', size) : [];
  if (waiting.length === 0) return;
  const outcomes = await kind.act(lease, waiting);
  if (outcomes.length > 0) await store.record(lease, outcomes);
}

/** Starts working. @returns a way to stop, which waits for the wave under way */
export function keepWorking(work: BatchWork): Repetition {
  const { log, waveEveryMs = WAVE_EVERY_MS } = work;
  return repeat(() => workRound(work), {
    everyMs: waveEveryMs,
    log,
    failed: 'batch-wave-failed',
    restsFirst: true,
  });
}
