/** For tests: sends requests to an HTTP process, with tokens that the test signs. */
import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { type Role, TOKEN_PARTY } from '#platform/process/auth-tokens.ts';
import { type Check, checkBy, openApiOf } from './openapi.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Request {
  /** The role; null: without a token. */
  readonly as?: Role | null;
  readonly subject?: string;
  readonly method?: string;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signs a token that is valid for an hour. */
export type SignToken = (role: Role, subject?: string) => Promise<string>;

/** A fresh secret, with a function that signs tokens under it. */
export function testTokens(secret: Uint8Array = new Uint8Array(randomBytes(32))): {
  secret: Uint8Array;
  token: SignToken;
} {
  const token: SignToken = (role, subject = `some-${role}`) =>
    new SignJWT({ role })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(subject)
      .setIssuer(TOKEN_PARTY)
      .setAudience(TOKEN_PARTY)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(secret);
  return { secret, token };
}

/** Sends a request and reads its answer. */
export type SendRequest = (path: string, request?: Request) => Promise<Answer>;

/** Sends requests to a process, as a service by default; fails unless its `openapi.json` describes each answer. */
export function requestsTo(url: string, token: SignToken): SendRequest {
  let checking: Promise<Check> | null = null;
  return async (path, { as = 'service', subject, method, body, headers = {} } = {}) => {
    checking ??= openApiOf(url).then(checkBy);
    const check = await checking;
    const authorization = as === null ? {} : { authorization: `Bearer ${await token(as, subject)}` };
    const sent = {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      path,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    };
    const response = await fetch(url + path, {
      method: sent.method,
      headers: { 'content-type': 'application/json', ...authorization, ...headers },
      ...(sent.body !== undefined && { body: sent.body }),
    });
    const answered = { status: response.status, headers: response.headers, text: await response.text() };
    check(sent, answered);
    const { status, text } = answered;
    return { status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Body) };
  };
}
