/** A kind of batch: what is done to a target, how many at a time, and when its outcome is final. */
import type {
  BatchItem,
  BatchProgress,
  BatchRow,
  ItemOutcome,
  StopReason,
  WaveCount,
} from '#orchestrator/store/batch-rows.ts';

export interface BatchKind {
  /** Names it in rows, and in the audit as the action that began it. */
  readonly name: string;
  /** Whether the waves so far decide the next one. */
  readonly isJudged?: true;
  /**
   * How many waiting items the next wave takes; 0: the watched ones have to end first. Or why the batch stops.
   * @param waves those since the batch began or was resumed; none of a kind that is not judged
   */
  waveOf(batch: BatchRow, progress: BatchProgress, waves: readonly WaveCount[]): number | StopReason;
  /**
   * Acts on items. A process that is killed meanwhile leaves them waiting, and another one acts on them again: acting twice must have
   * the effect of acting once. An item that is missing in the answer stays as it is, and is tried again.
   */
  act(batch: BatchRow, items: readonly BatchItem[]): Promise<ItemOutcome[]>;
  /** The outcomes that have become final; the other items are watched on. */
  watch(batch: BatchRow, items: readonly BatchItem[]): Promise<ItemOutcome[]>;
}

/** A bounded rate: so many a second, since a wave a second begins. */
export function perSecond({ perSecond: rate }: Pick<BatchRow, 'perSecond'>): number {
  return rate;
}
