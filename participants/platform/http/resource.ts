/** Registers a path's operations: checks the token and the request, measures the duration, refuses every other method. */
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Router } from 'express';
import type { Principal, Role, Tokens } from '../process/auth-tokens.ts';
import type { Admit } from './admission.ts';
import { answer } from './answer.ts';
import type { AnswerShapes, Described, Operation, ParsedRequest, Reads } from './operation.ts';
import { Problem } from './problem.ts';
import { GONE, readJson } from './read-json.ts';
import { checkQuery, headerOf } from './request-parts.ts';
import { observeRequest, traceparentFrom } from './request-trace.ts';
import { valid } from './validate.ts';

/** The largest order fits in half of it. */
const BODY_MAX_BYTES = 65_536;

/** Roles of people, each with the ones above it: viewer < operator < admin. */
export const VIEWERS: readonly Role[] = ['viewer', 'operator', 'admin'];
export const OPERATORS: readonly Role[] = ['operator', 'admin'];

/** A process's operations: on a router, and in the list from which `openapi.json` is generated. */
export interface Routes {
  readonly router: Router;
  readonly tokens: Tokens;
  readonly operations: Described[];
  /** The rate limit of operations that have none of their own. */
  readonly admit?: Admit | undefined;
}

/** Adds a path's methods to a router and to the document. */
export function resource<
  const GetReads extends Reads,
  const GetAnswers extends AnswerShapes,
  const PostReads extends Reads,
  const PostAnswers extends AnswerShapes,
  const PutReads extends Reads,
  const PutAnswers extends AnswerShapes,
  const DeleteReads extends Reads,
  const DeleteAnswers extends AnswerShapes,
>(
  routes: Routes,
  path: string,
  methods: {
    readonly GET?: Operation<GetReads, GetAnswers>;
    readonly POST?: Operation<PostReads, PostAnswers>;
    readonly PUT?: Operation<PutReads, PutAnswers>;
    readonly DELETE?: Operation<DeleteReads, DeleteAnswers>;
  },
): void {
  const { GET, POST, PUT, DELETE } = methods;
  if (GET !== undefined) routes.router.get(path, ...added(routes, 'GET', path, GET));
  if (POST !== undefined) routes.router.post(path, ...added(routes, 'POST', path, POST));
  if (PUT !== undefined) routes.router.put(path, ...added(routes, 'PUT', path, PUT));
  if (DELETE !== undefined) routes.router.delete(path, ...added(routes, 'DELETE', path, DELETE));
  onlyMethods(routes.router, path, [...Object.keys(methods), ...(GET === undefined ? [] : ['HEAD'])]);
}

/** Adds an operation to the document; its handlers. */
function added<R extends Reads, A extends AnswerShapes>(
  { tokens, operations, admit: admitByDefault }: Routes,
  method: Described['method'],
  path: string,
  operation: Operation<R, A>,
): RequestHandler[] {
  const { admit = admitByDefault, handle, bodyMaxBytes = BODY_MAX_BYTES, ...description } = operation;
  const problems = [
    ...(admit === undefined ? [] : ['too-many-requests' as const]),
    ...(description.problems ?? []),
  ];
  operations.push({ ...description, problems, method, path });
  return [
    measure(path),
    async (request, response, next) => {
      const principal = await admittedBearer(tokens, request, operation.roles, admit);
      response.locals.principal = principal;
      next();
    },
    async (request, response) => {
      const { principal } = response.locals as { principal: Principal };
      const { reads } = operation;
      const sent = reads?.body === undefined ? undefined : await readJson(request, bodyMaxBytes);
      if (sent === GONE) return;
      const accepts = (types: readonly string[]) => request.accepts([...types]);
      const traceparent = traceparentFrom(request);
      const parsed = { principal, accepts, traceparent, ...readBy(reads, request, sent) };
      const { status, body, headers } = await handle(parsed as ParsedRequest<R>);
      answer(response, Number(status), body, headers);
    },
  ];
}

/**
 * The principal of a request, once its rate limit is enforced: of its address where its token is none.
 * @throws Problem as `bearerOf`, or `too-many-requests`
 */
export async function admittedBearer(
  tokens: Tokens,
  request: IncomingMessage,
  roles: readonly Role[],
  admit: Admit | undefined,
): Promise<Principal> {
  let principal: Principal;
  try {
    principal = await bearerOf(tokens, request.headers.authorization, roles);
  } catch (error) {
    admit?.(request, null);
    throw error;
  }
  admit?.(request, principal);
  return principal;
}

/** The parts of a request that the operation reads, checked. */
export function readBy(reads: Reads | undefined, request: Request, sent: unknown) {
  const { params, query, headers, body } = reads ?? {};
  const named = Object.keys(headers?.shape ?? {}).map((name) => [
    name,
    headerOf(request, name.toLowerCase()),
  ]);
  if (query !== undefined) checkQuery(request.url);
  return {
    params: params && valid(params, request.params, 'the path'),
    query: query && valid(query, request.query, 'the query'),
    headers: headers && valid(headers, Object.fromEntries(named), 'the headers'),
    body: body && valid(body, sent),
  };
}

/** Refuses every other method of a path, and names the ones it has. */
export function onlyMethods(router: Router, path: string, methods: readonly string[]): void {
  const allowed = methods.join(', ');
  router.all(path, measure(path), () => {
    throw new Problem('method-not-allowed', `Only ${allowed} is possible here`, {
      headers: { allow: allowed },
    });
  });
}

/** Measures a request's duration under its route's pattern. */
export function measure(route: string): RequestHandler {
  return (request, response, next) => {
    observeRequest(request, response, route);
    next();
  };
}

/**
 * The principal of an Authorization header's bearer token.
 * @throws Problem `unauthenticated`, or `forbidden` when the role is not one of `roles`
 */
export async function bearerOf(
  tokens: Tokens,
  authorization: string | undefined,
  roles: readonly Role[],
): Promise<Principal> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  const principal = token === undefined ? null : await tokens.verify(token);
  if (principal === null) {
    const why = token === undefined ? '' : ', error="invalid_token"';
    throw new Problem(
      'unauthenticated',
      token === undefined ? 'There is no bearer token' : 'The token is not valid',
      {
        headers: { 'www-authenticate': `Bearer realm="order-saga-orchestrator"${why}` },
      },
    );
  }
  if (!roles.includes(principal.role)) {
    throw new Problem('forbidden', `This needs the role ${roles.join(' or ')}; yours is ${principal.role}`);
  }
  return principal;
}
