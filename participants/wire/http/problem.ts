/** RFC 9457 problems: the only place where a failure has an HTTP status. */
import type { Response } from 'express';

/** Every kind of problem. Its `type` is `urn:problem:order-saga:<kind>`, for good. */
const KINDS = {
  'not-json': { status: 400, title: 'The body is not JSON' },
  'bad-request': { status: 400, title: 'The request cannot be read' },
  validation: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  forbidden: { status: 403, title: 'Your role does not permit this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This method is not possible here' },
  conflict: { status: 409, title: 'The saga cannot do this now' },
  'not-everywhere': { status: 409, title: 'Not everybody knows this version' },
  stale: { status: 412, title: 'The saga has moved on since you looked' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'idempotency-mismatch': { status: 422, title: 'This idempotency key came with another request' },
  'precondition-required': { status: 428, title: 'If-Match is needed' },
  internal: { status: 500, title: 'A defect of ours' },
  overloaded: { status: 503, title: 'Too many orders wait; try again shortly' },
  unavailable: { status: 503, title: 'Not possible right now; try again shortly' },
} as const;
export type ProblemKind = keyof typeof KINDS;

/** One thing wrong with a request: where, and what. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** A request that ends in a problem. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    kind: ProblemKind,
    detail: string,
    options: {
      errors?: readonly FieldError[];
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.kind = kind;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** A problem that passes by itself, and when to try again. */
export function tryAgain(kind: 'overloaded' | 'unavailable', detail: string, afterSeconds: number): Problem {
  return new Problem(kind, detail, { headers: { 'retry-after': String(afterSeconds) } });
}

/** Answers with a problem document; never a stack trace. */
export function sendProblem(response: Response, problem: Problem, traceId: string): void {
  const { status, title } = KINDS[problem.kind];
  const body = {
    type: `urn:problem:order-saga:${problem.kind}`,
    title,
    status,
    detail: problem.message,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    traceId,
  };
  response.writeHead(status, { ...problem.headers, 'content-type': 'application/problem+json' });
  response.end(JSON.stringify(body));
}
