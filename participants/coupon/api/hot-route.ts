/**
 * Answers `POST …/requests` in front of Express: at thousands of requests a second a router and its middleware would cost
 * more than the route's own work. Its answers and problems are the same as the application's.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { answer } from '#platform/http/answer.ts';
import { answerFailure, traceIdOf } from '#platform/http/failure.ts';
import { httpDuration } from '#platform/http/metrics.ts';
import { Problem, sendProblem, tryAgain } from '#platform/http/problem.ts';
import { bearerOf } from '#platform/http/resource.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { addressOf } from './admission.ts';
import type { CouponApiParts } from './api-parts.ts';
import { couponRequests } from './metrics.ts';
import { REQUEST_PATH, requestLinks } from './paths.ts';
import { type Accepted, REQUEST_COUPON, requestCoupon } from './request-coupon.ts';

const PATH = /^\/v1\/campaigns\/([^/?#]+)\/requests\/?(?:\?|$)/;

/** A body holds a user's id only. */
const BODY_MAX_BYTES = 4_096;

/**
 * The answers while the queue is full, sent before any other work: a refusal costs a quarter of an accepted request. Three
 * different delays spread the clients' retries.
 */
const OVERLOADED = [1, 2, 3].map((seconds) =>
  tryAgain('overloaded', 'No more requests can be accepted right now', seconds),
);

/** A listener that answers the hot route, and passes all other requests to the application. */
export function inFrontOf(application: RequestListener, parts: CouponApiParts): RequestListener {
  return (request, response) => {
    const campaign = request.method === 'POST' ? PATH.exec(request.url ?? '')?.[1] : undefined;
    if (campaign === undefined) {
      application(request, response);
      return;
    }
    const startedAt = performance.now();
    response.once('close', () => {
      const labels = { method: 'POST', route: REQUEST_PATH, status: String(response.statusCode) };
      httpDuration.observe(labels, (performance.now() - startedAt) / 1000);
    });
    if (parts.intake.isFull) {
      couponRequests.inc({ outcome: 'overloaded' });
      const problem = OVERLOADED[Math.floor(Math.random() * OVERLOADED.length)] as Problem;
      sendProblem(response, problem, traceIdOf(request));
      request.resume();
      return;
    }
    handle(parts, campaign, request, response).catch((error) => {
      answerFailure(error, request, response, parts.log);
      // Drains the unread body, so that the client may reuse the connection.
      request.resume();
    });
  };
}

async function handle(
  parts: CouponApiParts,
  campaign: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const principal = await admitted(parts, request);
  const body = await jsonOf(request);
  // The client disconnected.
  if (body === GONE) return;
  const requestId = await requestCoupon(parts, principal, decoded(campaign), body, request.headers);
  const links = requestLinks(requestId);
  const accepted: Accepted = { requestId, status: 'pending', links };
  answer(response, 202, accepted, { ...SAFE, location: links.self });
}

/** The application's security headers, as far as they matter for JSON. */
const SAFE = { 'x-content-type-options': 'nosniff' };

async function admitted(parts: CouponApiParts, request: IncomingMessage): Promise<Principal> {
  const address = addressOf(request, parts.proxyHops);
  let principal: Principal;
  try {
    principal = await bearerOf(parts.tokens, request.headers.authorization, REQUEST_COUPON.roles);
  } catch (error) {
    throw parts.admission.refusal('request', null, address) ?? error;
  }
  const refusal = parts.admission.refusal('request', principal, address);
  if (refusal !== null) throw refusal;
  return principal;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new Problem('bad-request', 'The request cannot be read', { cause });
  }
}

const GONE = Symbol('gone');

/**
 * A request's body as JSON; undefined when it has none.
 * @throws Problem `unsupported-media-type`, `too-large` or `not-json`
 */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const { 'content-type': type, 'content-encoding': encoding } = request.headers;
  const text = await textOf(request);
  if (text === GONE) return GONE;
  if (text === '') return undefined;
  if (!/^application\/json *(?:;|$)/i.test(type ?? '') || (encoding ?? 'identity') !== 'identity') {
    throw new Problem('unsupported-media-type', 'Send UTF-8 JSON with content-type: application/json');
  }
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch (cause) {
    throw new Problem('not-json', 'The body must be a JSON object', { cause });
  }
  throw new Problem('not-json', 'The body must be a JSON object');
}

/** A body's text, which nearly always arrives in one piece; GONE when the client disconnects. */
function textOf(request: IncomingMessage): Promise<string | typeof GONE> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= BODY_MAX_BYTES) pieces.push(piece);
      else reject(new Problem('too-large', `A body holds ${BODY_MAX_BYTES / 1024} KB at the most`));
    });
    request.once('end', () =>
      resolve((pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))?.toString() ?? ''),
    );
    request.once('close', () => resolve(GONE));
  });
}
