/** What the sweeper remembers of a saga between its checks: a column of its own, which the engine never writes. */
import { commandTypeOf } from '#protocol/ids.ts';
import type { SagaRow } from './saga.ts';

/** What the sweeper knows of one message that was sent. */
export interface SentState {
  /** The end of its partition when it was first looked at after sending; null: to be taken at the next look. */
  readonly endOffset: number | null;
  /** When its reader was first seen past the endOffset, ms; the step's clock starts here. */
  readonly readAt: number | null;
  /** Sent, and not seen to be read yet. */
  readonly unread: boolean;
  /** When it is sent again, ms. */
  readonly nextAt: number | null;
  /** When it was sent again, ms: the last twenty times. */
  readonly resentAt: readonly number[];
  readonly attempts: number;
}

/** The sweeper's own column: by command id, and by timer. */
export interface SweepState {
  readonly sent?: Readonly<Record<string, SentState>>;
  /** By `name/generation`: the ends of the reply topics when it fell due, then when it was fired. */
  readonly timers?: Readonly<
    Record<string, { readonly ends: Readonly<Record<string, number>>; readonly firedAt?: number }>
  >;
  /** Found to stand still beyond its state's normal; it holds while the saga's version is this one. */
  readonly stalled?: Stalled;
}

/** A silent stall: too long in a state, and nobody says why. */
export interface Stalled {
  readonly version: number;
  /** When it was found, ms. */
  readonly since: number;
}

/** Whether a saga is marked as stalled now: whatever moved it since has cleared the mark. */
export function stalledNow(row: Pick<SagaRow, 'version'>, { stalled }: SweepState): Stalled | null {
  return stalled?.version === row.version ? stalled : null;
}

/** The times a command was sent again, from the sweeper's column, for people to read. */
export function resendsOf(sweepState: SweepState, sagaId: string): Array<{ commandId: string; at: number }> {
  return Object.entries(sweepState.sent ?? {})
    .filter(([id]) => commandTypeOf(id, sagaId) !== null)
    .flatMap(([commandId, { resentAt }]) => resentAt.map((at) => ({ commandId, at })));
}
