/** Turns away who asks the application too often; the hot route does so itself, before it knows who asks. */
import type { Request } from 'express';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { addressOf } from './admission.ts';
import type { CouponApiParts } from './parts.ts';

/** For an operation's `admit`: it checks, and asks for nothing. */
export function lookersAdmitted({ admission, proxyHops }: Pick<CouponApiParts, 'admission' | 'proxyHops'>) {
  return (request: Request, principal: Principal): void => {
    const refusal = admission.refusal('look', principal, addressOf(request, proxyHops));
    if (refusal !== null) throw refusal;
  };
}
