/** Turns a request's failure into a problem: the caller's fault, a transient failure, or a defect. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import { RetryableError } from '#protocol/errors.ts';
import { isOutcomeUnknown, sqlState } from '../postgres/database.ts';
import type { Logger } from '../process/log.ts';
import { outcomeUnknown, Problem, sendProblem, tryAgain } from './problem.ts';

const RETRY_AFTER_S = 1;

/** The last handler of the application. */
export function answerFailures(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => answerFailure(error, request, response, log);
}

/** Answers a failed request. Logs a defect with its stack, which never leaves the process. */
export function answerFailure(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): void {
  const problem = toProblem(error);
  const traceId = traceIdOf(request);
  if (problem.kind === 'internal') {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error('a defect failed a request', { method: request.method, trace: traceId, error: text });
  }
  if (response.headersSent) response.destroy();
  else sendProblem(response, problem, traceId);
}

/** The problem that the caller gets. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { status } = (error ?? {}) as { status?: unknown };
  // A path that does not decode.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Problem('bad-request', 'The request cannot be read', { cause: error });
  }
  if (isOutcomeUnknown(error)) {
    return outcomeUnknown(
      'The database has not confirmed the change, which may have been made: read it before you repeat the request',
    );
  }
  if (isTransient(error)) {
    return tryAgain('unavailable', 'The database does not answer', RETRY_AFTER_S);
  }
  return new Problem('internal', 'Something went wrong on our side', { cause: error });
}

/** SQLSTATE classes that blame the statement or its data; all others are transient. */
const STATEMENT_FAULTS = ['0A', '21', '22', '23', '42'];

function isTransient(error: unknown): boolean {
  if (error instanceof RetryableError) return true;
  const state = sqlState(error)?.state;
  return state !== undefined && !STATEMENT_FAULTS.includes(state.slice(0, 2));
}

/** The request's W3C trace id, or a new one: log lines bear it, and a caller can quote it. */
export function traceIdOf(request: IncomingMessage): string {
  const header = request.headers.traceparent;
  const [, traceId] = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(typeof header === 'string' ? header : '') ?? [];
  return traceId ?? randomBytes(16).toString('hex');
}
