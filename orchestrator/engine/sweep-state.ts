/** The sweeper's state of a saga between two checks: a column that the engine never writes. */
import { commandTypeOf } from '#protocol/ids.ts';
import type { SagaRow } from './saga.ts';

/** The sweeper's state of one sent message. */
export interface SentState {
  /** The end of its partition at the first check after sending; null: the next check takes it. */
  readonly endOffset: number | null;
  /** The log that the end offset is of, see `LogEnd`. */
  readonly log?: string;
  /** The first check at which its reader was past the end offset, ms; the step's clock starts here. */
  readonly readAt: number | null;
  /** No check has found it read yet. */
  readonly unread: boolean;
  /** When it is sent again, ms. */
  readonly nextAt: number | null;
  /** When it was sent again, ms: the last twenty times. */
  readonly resentAt: readonly number[];
  readonly attempts: number;
  /** Of a command: the brokers have acknowledged the last resend. */
  readonly confirmed?: boolean;
  /** Of a command: an acknowledged resend was read, so its participant has it. */
  readonly proven?: boolean;
}

/** The sweeper's state of one due timer. */
export interface TimerState {
  /** The ends of the reply topics when it fell due. */
  readonly ends: Readonly<Record<string, number>>;
  /** The logs that the ends are of, see `LogEnd`. */
  readonly logs?: Readonly<Record<string, string>>;
  /** When it was fired, ms. */
  readonly firedAt?: number;
}

/** The sweeper's own column: by command id, and by timer. */
export interface SweepState {
  readonly sent?: Readonly<Record<string, SentState>>;
  /** By `name/generation`. */
  readonly timers?: Readonly<Record<string, TimerState>>;
  /** Longer in its state than is normal; valid while the saga has this version. */
  readonly stalled?: Stalled;
}

/** Too long in a state, without an error. */
export interface Stalled {
  readonly version: number;
  /** When it was found, ms. */
  readonly since: number;
}

/** The stall of a saga, unless the saga has moved since. */
export function stalledNow(row: Pick<SagaRow, 'version'>, { stalled }: SweepState): Stalled | null {
  return stalled?.version === row.version ? stalled : null;
}

/** The resends of commands, for the history view. */
export function resendsOf(sweepState: SweepState, sagaId: string): Array<{ commandId: string; at: number }> {
  return Object.entries(sweepState.sent ?? {})
    .filter(([id]) => commandTypeOf(id, sagaId) !== null)
    .flatMap(([commandId, { resentAt }]) => resentAt.map((at) => ({ commandId, at })));
}
