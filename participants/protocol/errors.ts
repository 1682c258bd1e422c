/** The two kinds of failure. A message is retried or parked by the failure's class, never by its text. */

/** The closed list of failure codes. Logs, metrics and dead letters name them. */
export type FailureCode =
  | 'not-json'
  | 'not-an-envelope'
  | 'unknown-type'
  | 'invalid-data'
  | 'unsafe-text'
  | 'too-large'
  | 'wrong-key'
  | 'foreign-source'
  | 'bad-signature'
  | 'refused-by-database'
  | 'definition-fault'
  | 'unknown-definition-version'
  | 'database-unavailable'
  | 'database-outcome-unknown'
  | 'broker-unavailable'
  | 'gateway-unavailable'
  | 'identity-unavailable';

/** A transient failure: the message keeps its offset, and its process retries it until it succeeds. */
export class RetryableError extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RetryableError';
    this.code = code;
  }
}

/** The message itself is at fault: its process parks it in `dead-letters` with its bytes and goes on with the next. */
export class TerminalError extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TerminalError';
    this.code = code;
  }
}

/** The code under which a failure parks a message: any but a TerminalError came from the database. */
export function failureCodeOf(thrown: unknown): FailureCode {
  return thrown instanceof TerminalError ? thrown.code : 'refused-by-database';
}

/**
 * The reason to park a message that could not be read. Reading is pure, so it would fail at every attempt; a defect of the
 * reader must not end its process, for the message would end the next one as well.
 */
export function terminalOf(thrown: unknown): TerminalError {
  if (thrown instanceof TerminalError) return thrown;
  return new TerminalError('invalid-data', `reading it failed: ${messageOf(thrown)}`, { cause: thrown });
}

/** The text of a thrown value, for logs and dead letters: no stack trace; of an AggregateError with its last error's. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0)
    return `${thrown.message} (${messageOf(thrown.errors.at(-1))})`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}
