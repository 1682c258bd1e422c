/** The kinds of failure the product knows: what to do about one is decided by its class, never by its text. */

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
  | 'refused-by-database'
  | 'definition-fault'
  | 'unknown-definition-version'
  | 'database-unavailable'
  | 'broker-unavailable'
  | 'gateway-unavailable';

/** What happened has a cause that passes: the message stays where it is and is tried again, for as long as it takes. */
export class RetryableError extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RetryableError';
    this.code = code;
  }
}

/** The message itself is at fault: it is parked in `dead-letters` with its bytes, and the rest goes on. */
export class TerminalError extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TerminalError';
    this.code = code;
  }
}

/** Text of an unknown thrown value, for logs and dead letters; never a stack trace. Of several tries, with the last one's. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0)
    return `${thrown.message} (${messageOf(thrown.errors.at(-1))})`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}
