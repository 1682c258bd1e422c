/** How often each user and each address may ask: in front of everything that costs, and with a memory that is bounded. */
import type { IncomingMessage } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { type Problem, tryAgain } from '#platform/http/problem.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { type BucketLimit, buckets } from './buckets.ts';

/** Users and addresses remembered at once: some 20 MB. */
const KEYS_MAX = 100_000;

export interface AdmissionLimits {
  /** Of one customer, and of one person who runs the system. */
  readonly user: BucketLimit;
  /** Of all customers behind one address. */
  readonly address: BucketLimit;
  /** Of one backend, which asks for many users: a bound against mistakes, not against people. */
  readonly service: BucketLimit;
}

/** Asking for a coupon and looking at what came of it are counted apart: whoever polls may still ask. */
export type Purpose = 'ask' | 'look';

export interface Admission {
  /** The problem with one more request, or null. `principal` is null where nobody could be made out. */
  refusal(purpose: Purpose, principal: Principal | null, address: string): Problem | null;
}

/** Counts from nothing. */
export function admission(limits: AdmissionLimits, now: () => number): Admission {
  const users = { ask: buckets(limits.user, KEYS_MAX), look: buckets(limits.user, KEYS_MAX) };
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
  return tryAgain('too-many-requests', `Ask again in ${seconds} s`, seconds);
}

/** An address's network: whoever has one IPv6 address has its /64. */
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
 * The address a request came from.
 * @param hops how many proxies of ours are in front: each adds the address it saw at the right end of X-Forwarded-For,
 *   and what stands further left anybody may have written
 */
export function addressOf(
  request: Pick<IncomingMessage, 'headers'> & { readonly socket: Pick<Socket, 'remoteAddress'> },
  hops: number,
): string {
  const peer = request.socket.remoteAddress ?? '';
  if (hops === 0) return peer;
  const said = String(request.headers['x-forwarded-for'] ?? '').split(',');
  return said.at(-hops)?.trim() || peer;
}
