/** What is read about a saga to name the cause of its wait: its row, and what surrounds it. Plain data. */
import type { Registered } from '../definition/definition.ts';
import type { SagaRow } from '../saga.ts';
import type { SweepState } from '../sweep-state.ts';

/** A group's progress on one topic, in the saga's partition and in all partitions together. */
export interface TopicFlow {
  readonly group: string;
  readonly topic: string;
  /** Where the partition's log ends. */
  readonly end: number;
  /** How far the group has read the partition. */
  readonly readTo: number;
  /** Records read a second, over the last seconds; null: not observed for long enough. */
  readonly perSecond: number | null;
  /** Records that no partition's reader has read yet, and the records read a second in all of them. */
  readonly allUnread: number;
  readonly allPerSecond: number | null;
  /** Since when the group is as far as it is, in all partitions together, as far back as was observed, ms. */
  readonly allReadSinceMs: number;
  /** Since when some partition has had unread records at each observation, ms; null: all are read. */
  readonly allUnreadSinceMs: number | null;
  /** Whether the group read some partition in the time before the last seconds: only then one that stands still is an exception. */
  readonly hasMovedBefore: boolean;
  /** Records written a second, in all partitions, over the last seconds. */
  readonly allWrittenPerSecond: number | null;
  /** The last two observations between which records were written, in any partition, ms; null: none in the last minute. */
  readonly allWritten: { readonly afterMs: number; readonly byMs: number } | null;
}

/** How fast a group reads all of its topics together, measured only since a member last came or went. */
export interface GroupPace {
  readonly group: string;
  /** Records a second, over the last seconds; null: not observed for long enough. */
  readonly perSecond: number | null;
  /** The slowest and the fastest of the last half minute, each over as many seconds, since it began to move. */
  readonly slowestPerSecond: number;
  readonly fastestPerSecond: number;
  /** The most between two observations of the last minute. */
  readonly peakPerSecond: number;
}

/** A consumer group as its coordinator describes it. */
export interface GroupMembers {
  readonly group: string;
  readonly members: number;
}

/** The brokers' part; null in its place: no broker answered. */
export interface BrokerObservations {
  /** When they were observed, ms. */
  readonly atMs: number;
  readonly flows: readonly TopicFlow[];
  readonly paces: readonly GroupPace[];
  /** Without groups that no coordinator described. */
  readonly groups: readonly GroupMembers[];
}

/** How long something usually takes, ms. */
export interface UsualDuration {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly samples: number;
}

/** A message of the saga that was parked and neither sent again nor discarded. */
export interface WaitingLetter {
  readonly letterId: string;
  readonly topic: string;
  readonly reason: string;
  readonly text: string;
  readonly parkedBy: string;
  readonly parkedAt: Date;
}

/** A person's action that no engine has taken yet, or the last pause that one took. */
export interface RequestedBefore {
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
}

/** A participant's notices about one command. */
export interface Reported {
  readonly count: number;
  /** When it tries again, as the last one says. */
  readonly nextTryAt: Date | null;
}

/** The brake that holds the saga. */
export interface HoldingBrake {
  readonly id: string;
  readonly holds: string;
  readonly reason: string;
  readonly setBy: string;
  readonly setAt: Date;
  /** Once released. */
  readonly perSecond: number | null;
  readonly releasedAt: Date | null;
}

/** Active sagas in a state, paused and stuck ones left out. */
export interface StateLoad {
  readonly state: string;
  readonly sagas: number;
  /** The last time that a participant reported what delays one of them in this state, unless it keeps to a pace; null: none did. */
  readonly failedAt: Date | null;
}

/** A state that a saga has yet to leave. */
export interface StateAhead {
  readonly state: string;
  /** The type of the message that ends it where all goes well. */
  readonly endedBy: string;
}

export interface Observations {
  readonly nowMs: number;
  readonly row: SagaRow;
  readonly sweepState: SweepState;
  /** Null: this process does not run the version of the row. */
  readonly definition: Registered | null;
  readonly engines: { readonly alive: number; readonly knowing: number };
  readonly brokers: BrokerObservations | null;
  /** Other active sagas whose failure has the same fingerprint. */
  readonly alike: number;
  /** Active sagas of a brake or a state that come before this one. */
  readonly before: { readonly inState: number; readonly onBrake: number };
  /** What participants reported about the awaited commands, by command id. */
  readonly reported: Readonly<Record<string, Reported>>;
  /** By state: how long sagas stay in it while nothing queues. */
  readonly usual: Readonly<Record<string, UsualDuration>>;
  readonly letters: readonly WaitingLetter[];
  readonly pausedBy: RequestedBefore | null;
  readonly waitingAction: RequestedBefore | null;
  readonly brake: HoldingBrake | null;
  /** By the type of a command: the brake that holds it or is being released, of several the one that lets its sagas go first. */
  readonly brakes: ReadonlyMap<string, string>;
  /** The topics that this process, and so perhaps others, cannot write to in the saga's partition. */
  readonly blocked: readonly string[];
  /** How many active sagas are in each state. */
  readonly loads: readonly StateLoad[];
  /** The states that it has yet to leave, in order, from its present one on; empty where nobody knows. */
  readonly ahead: readonly StateAhead[];
  /** The states of the way forward of a saga like it, from the first one on. */
  readonly wholeWay: readonly string[];
}
