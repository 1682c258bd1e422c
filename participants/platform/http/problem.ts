/** RFC 9457 problems: the only file that maps failures to HTTP statuses. */
import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import { anyFields, link, type View } from './schemas.ts';

/** A kind of problem; `headers` lists the headers its answer may have. */
interface Kind {
  readonly status: number;
  readonly title: string;
  readonly headers?: readonly ProblemHeader[];
}
export type ProblemHeader =
  | 'accept-encoding'
  | 'etag'
  | 'location'
  | 'retry-after'
  | 'upgrade'
  | 'www-authenticate';

/** Every kind of problem. A kind's `type`, `urn:problem:order-saga:<kind>`, never changes. */
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
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'This path does not have this method' },
  conflict: { status: 409, title: 'The current state does not allow this' },
  'not-everywhere': { status: 409, title: 'Not every live engine supports this version' },
  'plan-changed': { status: 412, title: 'The plan has changed since you saw it', headers: ['etag'] },
  stale: { status: 412, title: 'The saga has changed since you read it', headers: ['etag'] },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': {
    status: 415,
    title: 'The body must be application/json',
    headers: ['accept-encoding'],
  },
  'idempotency-mismatch': { status: 422, title: 'This idempotency key came with another request' },
  'upgrade-required': { status: 426, title: 'This path speaks WebSocket', headers: ['upgrade'] },
  'precondition-required': { status: 428, title: 'If-Match is needed' },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests; try again shortly',
    headers: ['retry-after'],
  },
  internal: { status: 500, title: 'An internal error' },
  overloaded: {
    status: 503,
    title: 'The queue is full; try again shortly',
    headers: ['retry-after'],
  },
  unavailable: {
    status: 503,
    title: 'Not possible right now; try again shortly',
    headers: ['retry-after'],
  },
  'outcome-unknown': {
    status: 504,
    title: 'It may have been done; find out before you repeat it',
    headers: ['location'],
  },
} as const satisfies Readonly<Record<string, Kind>>;
export type ProblemKind = keyof typeof KINDS;

export function kindOf(kind: ProblemKind): Kind {
  return KINDS[kind];
}

export function typeOf(kind: ProblemKind): string {
  return `urn:problem:order-saga:${kind}`;
}

const fieldError = z.object({
  pointer: z.string().describe('The invalid field: `/items/0/sku`.'),
  detail: z.string(),
});
/** One invalid field of a request. */
export type FieldError = View<typeof fieldError>;

const idOf = (what: string) =>
  z.string().exactOptional().describe(`Of an unknown outcome: the id that the ${what} has if there is one.`);
const unknown = {
  orderId: idOf('order'),
  sagaId: idOf('saga'),
  actionId: idOf('action'),
  campaignId: idOf('campaign'),
  requestId: idOf('request'),
  links: z
    .object({ self: link })
    .exactOptional()
    .describe('Of an unknown outcome: the address that shows it.'),
};
/** What the problem of an unknown outcome says of what may have been created. */
export type MaybeCreated = Pick<View<typeof problemBody>, keyof typeof unknown>;

export const problemBody = z
  .object({
    type: z.string().describe('The kind of problem; it never changes, so programs can test it.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(fieldError).exactOptional().describe('The invalid fields of the request.'),
    ...unknown,
    plan: anyFields.exactOptional().describe('Of a changed plan: the new one, as a dry run answers it.'),
    traceId: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .describe('The id to quote; the log has it too.'),
  })
  .meta({ id: 'Problem', description: 'A problem (RFC 9457).' });

/** Thrown by a route to answer with a problem. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  readonly maybeCreated: MaybeCreated;
  readonly plan: Readonly<Record<string, unknown>> | undefined;
  constructor(
    kind: ProblemKind,
    detail: string,
    options: {
      errors?: readonly FieldError[];
      maybeCreated?: MaybeCreated;
      plan?: Readonly<Record<string, unknown>>;
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.kind = kind;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.maybeCreated = options.maybeCreated ?? {};
    this.plan = options.plan;
  }
}

/** A transient problem, with the delay before a retry. */
export function tryAgain(
  kind: 'overloaded' | 'unavailable' | 'too-many-requests',
  detail: string,
  afterSeconds: number,
): Problem {
  // Without a stack: nobody reads it, it costs more than the answer, and under overload thousands a second get one.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const problem = new Problem(kind, detail, { headers: { 'retry-after': String(afterSeconds) } });
  Error.stackTraceLimit = stackTraceLimit;
  return problem;
}

/** The problem of a change that may have been made. Its address tells, now or later; without one the detail says how to find out. */
export function outcomeUnknown(detail: string, maybeCreated: MaybeCreated = {}): Problem {
  const location = maybeCreated.links?.self;
  return new Problem('outcome-unknown', detail, {
    maybeCreated,
    ...(location !== undefined && { headers: { location } }),
  });
}

/** A problem's answer. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer of a problem. */
export function problemAnswer(problem: Problem, traceId: string): ProblemAnswer {
  const { status, title } = KINDS[problem.kind];
  const body: View<typeof problemBody> = {
    type: typeOf(problem.kind),
    title,
    status,
    detail: problem.message,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    ...problem.maybeCreated,
    ...(problem.plan !== undefined && { plan: problem.plan }),
    traceId,
  };
  const headers = { ...problem.headers, 'content-type': 'application/problem+json' };
  return { status, headers, body: JSON.stringify(body) };
}

export function sendProblem(response: ServerResponse, problem: Problem, traceId: string): void {
  const { status, headers, body } = problemAnswer(problem, traceId);
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    // A 404 or 405 is cacheable by default, and a path may come to exist.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
