/**
 * Answers `POST …/requests` in front of Express: at thousands of requests a second a router and its middleware would cost
 * more than the route's own work. Its answers and problems are the same as the application's, which has the route too:
 * a target in another form than the usual one reaches it there.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Admit, admitted } from '#platform/http/admission.ts';
import { answer } from '#platform/http/answer.ts';
import { answerFailure } from '#platform/http/failure.ts';
import { Problem, sendProblem, tryAgain } from '#platform/http/problem.ts';
import { GONE, readJson } from '#platform/http/read-json.ts';
import { headerOf } from '#platform/http/request-parts.ts';
import { observeRequest, traceIdOf, traceparentFrom } from '#platform/http/request-trace.ts';
import { admittedBearer } from '#platform/http/resource.ts';
import { valid } from '#platform/http/validate.ts';
import type { CouponApiParts } from './api-parts.ts';
import { couponRequests } from './metrics.ts';
import { REQUEST_PATH, requestLinks } from './paths.ts';
import { type Accepted, REQUEST_COUPON, REQUEST_MAX_BYTES, requestCoupon } from './request-coupon.ts';

const PATH = /^\/v1\/campaigns\/([^/?#]+)\/requests\/?(?:\?|$)/;

/**
 * The answers while the queue is full, sent before any other work: a refusal costs a quarter of an accepted request. Three
 * different delays spread the clients' retries.
 */
const OVERLOADED = [1, 2, 3].map((seconds) =>
  tryAgain('overloaded', 'No more requests can be accepted right now', seconds),
);

/** A listener that answers the hot route, and passes all other requests to the application. */
export function inFrontOf(application: RequestListener, parts: CouponApiParts): RequestListener {
  const hot = { ...parts, admit: admitted(parts, 'request') };
  return (request, response) => {
    const campaign = request.method === 'POST' ? PATH.exec(request.url ?? '')?.[1] : undefined;
    if (campaign === undefined) {
      application(request, response);
      return;
    }
    observeRequest(request, response, REQUEST_PATH);
    if (parts.intake.isFull) {
      couponRequests.inc({ outcome: 'overloaded' });
      const problem = OVERLOADED[Math.floor(Math.random() * OVERLOADED.length)] as Problem;
      sendProblem(response, problem, traceIdOf(request));
      request.resume();
      return;
    }
    handle(hot, campaign, request, response).catch((error) => {
      answerFailure(error, request, response, parts.log);
      // Drains the unread body, so that the client may reuse the connection.
      request.resume();
    });
  };
}

async function handle(
  parts: CouponApiParts & { readonly admit: Admit },
  campaign: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const id = decoded(campaign);
  const principal = await admittedBearer(parts.tokens, request, REQUEST_COUPON.roles, parts.admit);
  const sent = await readJson(request, REQUEST_MAX_BYTES);
  if (sent === GONE) return;
  const { params, headers, body } = REQUEST_COUPON.reads;
  const requestId = await requestCoupon(parts, {
    principal,
    params: valid(params, { id }, 'the path'),
    headers: valid(headers, headersOf(request), 'the headers'),
    body: valid(body, sent),
    traceparent: traceparentFrom(request),
  });
  const links = requestLinks(requestId);
  const accepted: Accepted = { requestId, status: 'pending', links };
  answer(response, 202, accepted, { ...SAFE, location: links.self });
}

/** The application's security headers, as far as they matter for JSON. */
const SAFE = { 'x-content-type-options': 'nosniff' };

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new Problem('bad-request', 'The request cannot be read', { cause });
  }
}

function headersOf(request: IncomingMessage) {
  return {
    'Idempotency-Key': headerOf(request, 'idempotency-key'),
    traceparent: headerOf(request, 'traceparent'),
  };
}
