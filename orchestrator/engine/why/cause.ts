/** The closed list of causes for which a saga is where it is, and what a named cause consists of. */

export const CAUSES = [
  // Ended.
  'completed',
  'refused',
  'timed-out',
  'cancelled',
  'compensated',
  // Ended, and something is still open.
  'ended-with-incident',
  // Held by a person.
  'paused-by-person',
  'held-by-brake',
  'brake-releasing',
  // Incidents: a person has to act.
  'step-unanswered',
  'undo-unanswered',
  'undo-refused',
  'undo-needs-evidence',
  'late-success',
  'command-parked',
  'message-parked',
  'participant-incident',
  'version-unknown',
  'other-incident',
  // What moves sagas is away.
  'no-engine',
  'brokers-away',
  'topic-takes-nothing',
  'participant-absent',
  // Queues.
  'start-queued',
  'start-unpublished',
  'command-queued',
  'reply-queued',
  'engine-stands-still',
  'partition-stands-still',
  'participant-stands-still',
  // A participant has the command.
  'participant-delayed',
  'third-party-decides',
  'being-handled',
  'slower-than-usual',
  'unanswered',
  'revoke-unanswered',
  // Others.
  'dead-letter',
  'action-waiting',
  'waits-for-timer',
  'timer-due',
  'stalled',
  'waits-for-nothing',
  'not-known-here',
] as const;
export type CauseCode = (typeof CAUSES)[number];

/** Plain values by name: instants as ISO texts, spans in ms under names that end in `Ms`. */
export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

/** What a person can do about it. */
export interface NextStep {
  readonly text: string;
  /** A command of the command line, without the program's name. */
  readonly command?: string;
}

/** A cause with its evidence. */
export interface Cause {
  readonly code: CauseCode;
  /** The parts of one sentence, the first of which says what it waits for or how it ended. */
  readonly clauses: readonly string[];
  readonly evidence: Evidence;
  readonly nextSteps: readonly NextStep[];
  /** Nothing will move it before a person, or the return of what is away, does. */
  readonly halts: boolean;
}
