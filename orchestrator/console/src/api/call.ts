/** Calls the API's operations by their ids, typed by its OpenAPI document. */
import { OPERATIONS, type Operations } from '../generated/api.ts';
import { currentSession, expire } from './session.ts';

export type OperationId = keyof Operations & keyof typeof OPERATIONS;
type Answer<Id extends OperationId> = Operations[Id]['answer'];

interface Given<Id extends OperationId> {
  readonly params?: Operations[Id]['params'];
  readonly query?: Operations[Id]['query'];
  readonly body?: Operations[Id] extends { body: infer Body } ? Body : never;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An answer that is a problem (RFC 9457), or none at all. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(String(body['detail'] ?? body['title'] ?? status));
    this.status = status;
    this.kind = String(body['type'] ?? '').replace(/^.*[/:]/, '');
    this.body = body;
  }
}

/** The API cannot be reached. */
export class Unreachable extends Error {}

/** The path of an operation with its parameters, which are encoded. */
export function pathOf(id: OperationId, params: object = {}, query: object = {}): string {
  const values = params as Readonly<Record<string, unknown>>;
  const path = OPERATIONS[id].path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

/** Whether a role may call an operation. */
export function may(role: string | undefined, id: OperationId): boolean {
  const roles: readonly string[] | null = OPERATIONS[id].roles;
  return roles === null || (role !== undefined && roles.includes(role));
}

/** @throws ApiProblem, Unreachable */
export async function call<Id extends OperationId>(id: Id, given: Given<Id> = {}): Promise<Answer<Id>> {
  const { params, query, body, headers, signal } = given;
  const response = await send(pathOf(id, params, query), {
    method: OPERATIONS[id].method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
  return (await response.json()) as Answer<Id>;
}

/** A request with the session's token. @throws ApiProblem, Unreachable */
export async function send(path: string, init: RequestInit): Promise<Response> {
  const { token } = currentSession();
  const headers = {
    ...(init.headers as Record<string, string>),
    ...(token !== null && { authorization: `Bearer ${token}` }),
  };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: 'omit' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
  if (response.ok) return response;
  if (response.status === 401 && token !== null) expire(token);
  const text = await response.text();
  throw new ApiProblem(response.status, fieldsIn(text));
}

function fieldsIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's page, say.
    return {};
  }
}
