/** Limits how often each user, address and backend may send requests, before any of them costs work; its memory is bounded. */
import type { Principal } from '../process/auth-tokens.ts';
import { type BucketLimit, buckets } from './buckets.ts';
import { type Addressed, type ClientAddress, networkOf } from './client-address.ts';
import { rateLimited } from './metrics.ts';
import { type Problem, tryAgain } from './problem.ts';

/** Users, and addresses, counted at once: some 20 MB. */
const KEYS_MAX = 100_000;

export interface AdmissionLimits {
  /** Of one customer, or of one operator. */
  readonly user: BucketLimit;
  /** Of all customers behind one address. */
  readonly address: BucketLimit;
  /** Of one backend, which acts for many users: the bound guards against its defects. */
  readonly service: BucketLimit;
}

/** Requests for work and reads are counted apart, so that a client which polls may still request. */
export type Purpose = 'request' | 'read';

export interface Admission {
  /** Counts one more request; the problem to refuse it with, or null. `principal` is null without a valid token. */
  refusal(
    purpose: Purpose,
    principal: Pick<Principal, 'subject' | 'role'> | null,
    address: string,
  ): Problem | null;
}

/** Opens full buckets for everybody. @param keysMax users, and addresses, counted at once */
export function admission(limits: AdmissionLimits, now: () => number, keysMax = KEYS_MAX): Admission {
  const users = { request: buckets(limits.user, keysMax), read: buckets(limits.user, keysMax) };
  const addresses = buckets(limits.address, keysMax);
  const services = buckets(limits.service, keysMax);
  return {
    refusal(purpose, principal, address) {
      const nowMs = now();
      if (principal?.role === 'service') return late('service', services.take(principal.subject, nowMs));
      const byUser = principal === null ? 0 : users[purpose].take(principal.subject, nowMs);
      const byAddress = addresses.take(networkOf(address), nowMs);
      return late(byUser > byAddress ? 'user' : 'address', Math.max(byUser, byAddress));
    },
  };
}

function late(by: 'service' | 'user' | 'address', waitMs: number): Problem | null {
  if (waitMs === 0) return null;
  rateLimited.inc({ by });
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return tryAgain('too-many-requests', `Try again in ${seconds} s`, seconds);
}

export interface AdmissionParts {
  readonly admission: Admission;
  readonly addressOf: ClientAddress;
}

/** Enforces a rate limit. @throws Problem `too-many-requests` */
export type Admit = (request: Addressed, principal: Principal | null) => void;

/** The rate limit of one purpose. The coupon API's hot route counts requests itself. */
export function admitted({ admission, addressOf }: AdmissionParts, purpose: Purpose): Admit {
  return (request, principal) => {
    const refusal = admission.refusal(purpose, principal, addressOf(request));
    if (refusal !== null) throw refusal;
  };
}

export function admitReads(parts: AdmissionParts): Admit {
  return admitted(parts, 'read');
}

/** The rate limit of a whole API: what changes nothing is a read. */
export function admitAll(parts: AdmissionParts): Admit {
  const [read, request] = [admitted(parts, 'read'), admitted(parts, 'request')];
  return (one, principal) => (one.method === 'GET' || one.method === 'HEAD' ? read : request)(one, principal);
}
