/** Registers what a path can do: who may, how the body is read, how long it took; every other method is refused. */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { httpDuration } from '../metrics.ts';
import type { Principal, Role, Tokens } from '../tokens.ts';
import { Problem } from './problem.ts';

/** What an order takes, at most. */
const BODY_LIMIT = '64kb';

/** One method of a path. */
export interface Operation {
  /** Who may. */
  readonly roles: readonly Role[];
  /** Whether it reads a JSON body. */
  readonly body?: boolean;
  handle(request: Request, response: Response, principal: Principal): Promise<void> | void;
}

/** The roles of people, from one up: viewer < operator < admin. */
export const VIEWERS: readonly Role[] = ['viewer', 'operator', 'admin'];
export const OPERATORS: readonly Role[] = ['operator', 'admin'];

const readJson = express.json({ limit: BODY_LIMIT });

/** Puts a path with its methods on a router. */
export function resource(
  router: Router,
  tokens: Tokens,
  path: string,
  operations: { readonly GET?: Operation; readonly POST?: Operation },
): void {
  for (const [method, operation] of Object.entries(operations)) {
    const handlers: RequestHandler[] = [
      measure(path),
      authenticate(tokens, operation.roles),
      ...(operation.body ? [needJson, readJson] : []),
      (request, response) => operation.handle(request, response, principalOf(response)),
    ];
    if (method === 'GET') router.get(path, ...handlers);
    else router.post(path, ...handlers);
  }
  onlyMethods(router, path, [...Object.keys(operations), ...('GET' in operations ? ['HEAD'] : [])]);
}

/** Refuses every method of a path that nobody before has answered, and names those there are. */
export function onlyMethods(router: Router, path: string, methods: readonly string[]): void {
  const allowed = methods.join(', ');
  router.all(path, measure(path), () => {
    throw new Problem('method-not-allowed', `Only ${allowed} is possible here`, {
      headers: { allow: allowed },
    });
  });
}

/** Observes how long a request took, under its route's pattern. */
export function measure(route: string): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      const labels = { method: request.method, route, status: String(response.statusCode) };
      httpDuration.observe(labels, (performance.now() - startedAt) / 1000);
    });
    next();
  };
}

function authenticate(tokens: Tokens, roles: readonly Role[]): RequestHandler {
  return async (request, response, next) => {
    response.locals.principal = await bearerOf(tokens, request.headers.authorization, roles);
    next();
  };
}

/**
 * Who bears the token of an Authorization header.
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

function principalOf(response: Response): Principal {
  return response.locals.principal as Principal;
}

/** A body of another type would silently not be read. */
const needJson: RequestHandler = (request, _response, next) => {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  if (hasBody && !request.is('application/json')) {
    throw new Problem('unsupported-media-type', 'Send the body with content-type: application/json');
  }
  next();
};
