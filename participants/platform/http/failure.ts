/** Turns a request's failure into a problem: the caller's fault, a transient failure, or a defect. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import { RetryableError } from '#protocol/errors.ts';
import { isOutcomeUnknown, sqlState } from '../postgres/database.ts';
import type { Logger } from '../process/log.ts';
import { outcomeUnknown, Problem, sendProblem, tryAgain } from './problem.ts';
import { traceIdOf } from './request-trace.ts';

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
    log.error('request-defect', { method: request.method, trace: traceId, error: text });
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
  if (error instanceof RetryableError && error.code === 'identity-unavailable') {
    return tryAgain('unavailable', error.message, RETRY_AFTER_S);
  }
  if (isTransient(error)) {
    return tryAgain('unavailable', 'The database does not answer', RETRY_AFTER_S);
  }
  return new Problem('internal', 'Something went wrong on our side', { cause: error });
}

/**
 * Waits for a change that may be repeated.
 * @param self the address that shows whether it was made
 * @throws Problem `outcome-unknown` with the address, when the database has not confirmed it
 */
export async function confirmed<T>(change: Promise<T>, self: string): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (!isOutcomeUnknown(error)) throw error;
    const advice = 'Read links.self, or repeat the request, which changes nothing if it was made';
    throw outcomeUnknown(`The database has not confirmed the change. ${advice}`, { links: { self } });
  }
}

/** SQLSTATE classes that blame the statement or its data; all others are transient. */
const STATEMENT_FAULTS = ['0A', '21', '22', '23', '42'];

function isTransient(error: unknown): boolean {
  if (error instanceof RetryableError) return true;
  const state = sqlState(error)?.state;
  return state !== undefined && !STATEMENT_FAULTS.includes(state.slice(0, 2));
}
