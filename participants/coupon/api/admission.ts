/** Limits how often each user, address and backend may send requests, before any of them costs work; its memory is bounded. */
import type { IncomingMessage } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { Request } from 'express';
import { type Problem, tryAgain } from '#platform/http/problem.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { type BucketLimit, buckets } from './buckets.ts';

/** Users, and addresses, counted at once: some 20 MB. */
const KEYS_MAX = 100_000;

export interface AdmissionLimits {
  /** Of one customer, or of one operator. */
  readonly user: BucketLimit;
  /** Of all customers behind one address. */
  readonly address: BucketLimit;
  /** Of one backend, which requests coupons for many users: the bound guards against its defects. */
  readonly service: BucketLimit;
}

/** Requests for coupons and reads of their results are counted apart, so that a client which polls may still request. */
export type Purpose = 'request' | 'read';

export interface Admission {
  /** Counts one more request; the problem to refuse it with, or null. `principal` is null without a valid token. */
  refusal(purpose: Purpose, principal: Principal | null, address: string): Problem | null;
}

/** Opens full buckets for everybody. */
export function admission(limits: AdmissionLimits, now: () => number): Admission {
  const users = { request: buckets(limits.user, KEYS_MAX), read: buckets(limits.user, KEYS_MAX) };
  const addresses = buckets(limits.address, KEYS_MAX);
  const services = buckets(limits.service, KEYS_MAX);
  return {
    refusal(purpose, principal, address) {
      const nowMs = now();
      if (principal?.role === 'service') return late(services.take(principal.subject, nowMs));
      const byUser = principal === null ? 0 : users[purpose].take(principal.subject, nowMs);
      return late(Math.max(byUser, addresses.take(networkOf(address), nowMs)));
    },
  };
}

function late(waitMs: number): Problem | null {
  if (waitMs === 0) return null;
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return tryAgain('too-many-requests', `Try again in ${seconds} s`, seconds);
}

/** An address's network: the owner of one IPv6 address usually has its whole /64. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail?.split(':') ?? [])]
    .slice(0, 4)
    .join(':');
}

/**
 * The address of a request's client.
 * @param hops how many of our proxies stand in front: each appends its peer's address to X-Forwarded-For, and a client
 *   may have forged everything further left
 */
export function addressOf(
  request: Pick<IncomingMessage, 'headers'> & { readonly socket: Pick<Socket, 'remoteAddress'> },
  hops: number,
): string {
  const peer = request.socket.remoteAddress ?? '';
  if (hops === 0) return peer;
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
  return forwarded.at(-hops)?.trim() || peer;
}

interface AdmissionParts {
  readonly admission: Admission;
  readonly proxyHops: number;
}

/** An operation's `admit`. The hot route counts requests itself, before it has checked their tokens. */
export function admitted({ admission, proxyHops }: AdmissionParts, purpose: Purpose) {
  return (request: Request, principal: Principal): void => {
    const refusal = admission.refusal(purpose, principal, addressOf(request, proxyHops));
    if (refusal !== null) throw refusal;
  };
}

export function admitReads(parts: AdmissionParts) {
  return admitted(parts, 'read');
}
