/** RFC 9457 problems: the only place where a failure has an HTTP status. */
import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import type { View } from './schemas.ts';

/** What a kind is answered with; `headers` are those that such an answer may have. */
interface Kind {
  readonly status: number;
  readonly title: string;
  readonly headers?: readonly ProblemHeader[];
}
export type ProblemHeader = 'etag' | 'retry-after' | 'upgrade' | 'www-authenticate';

/** Every kind of problem. Its `type` is `urn:problem:order-saga:<kind>`, for good. */
const KINDS = {
  'not-json': { status: 400, title: 'The body is not JSON' },
  'bad-request': { status: 400, title: 'The request cannot be read' },
  validation: { status: 400, title: 'The request is not valid' },
  unauthenticated: {
    status: 401,
    title: 'A valid bearer token is needed',
    headers: ['www-authenticate'],
  },
  forbidden: { status: 403, title: 'Your role does not permit this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This method is not possible here' },
  conflict: { status: 409, title: 'This is not possible as things stand' },
  'not-everywhere': { status: 409, title: 'Not everybody knows this version' },
  stale: { status: 412, title: 'It has moved on since you looked', headers: ['etag'] },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'idempotency-mismatch': { status: 422, title: 'This idempotency key came with another request' },
  'upgrade-required': { status: 426, title: 'This path speaks WebSocket', headers: ['upgrade'] },
  'precondition-required': { status: 428, title: 'If-Match is needed' },
  'too-many-requests': {
    status: 429,
    title: 'You ask too often; try again shortly',
    headers: ['retry-after'],
  },
  internal: { status: 500, title: 'A defect of ours' },
  overloaded: {
    status: 503,
    title: 'Too much waits already; try again shortly',
    headers: ['retry-after'],
  },
  unavailable: {
    status: 503,
    title: 'Not possible right now; try again shortly',
    headers: ['retry-after'],
  },
} as const satisfies Readonly<Record<string, Kind>>;
export type ProblemKind = keyof typeof KINDS;

/** What a kind is answered with. */
export function kindOf(kind: ProblemKind): Kind {
  return KINDS[kind];
}

/** A kind's `type`. */
export function typeOf(kind: ProblemKind): string {
  return `urn:problem:order-saga:${kind}`;
}

const fieldError = z.object({
  pointer: z.string().describe('Where: `/items/0/sku`.'),
  detail: z.string(),
});
/** One thing wrong with a request: where, and what. */
export type FieldError = View<typeof fieldError>;

/** A problem's document. */
export const problemBody = z
  .object({
    type: z.string().describe('What kind it is, for good: programs go by it.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(fieldError).exactOptional().describe('Of a request that is not valid.'),
    traceId: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .describe('What the log has, and a person quotes.'),
  })
  .meta({ id: 'Problem', description: 'A problem (RFC 9457).' });

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
export function tryAgain(
  kind: 'overloaded' | 'unavailable' | 'too-many-requests',
  detail: string,
  afterSeconds: number,
): Problem {
  // It is no defect: nobody reads its stack, which would cost more than its answer, and thousands a second are told so.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const problem = new Problem(kind, detail, { headers: { 'retry-after': String(afterSeconds) } });
  Error.stackTraceLimit = stackTraceLimit;
  return problem;
}

/** A problem as it is answered: a document, never a stack trace. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a problem is answered with. */
export function problemAnswer(problem: Problem, traceId: string): ProblemAnswer {
  const { status, title } = KINDS[problem.kind];
  const body: View<typeof problemBody> = {
    type: typeOf(problem.kind),
    title,
    status,
    detail: problem.message,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    traceId,
  };
  const headers = { ...problem.headers, 'content-type': 'application/problem+json' };
  return { status, headers, body: JSON.stringify(body) };
}

/** Answers with a problem. */
export function sendProblem(response: ServerResponse, problem: Problem, traceId: string): void {
  const { status, headers, body } = problemAnswer(problem, traceId);
  response.writeHead(status, headers);
  response.end(body);
}
