/** Makes bearer tokens for a local stack: for the command line, the tests and the benchmarks. */
import { SignJWT } from 'jose';
import { readSecret } from './secret.ts';
import { defaultStack } from './stack.ts';

const party = 'order-saga-orchestrator';

export type Holder = Readonly<{ role: string; subject: string }>;

/** A token for a holder, signed (HS256) with a stack's secret and good for twelve hours. */
export async function tokenFor(holder: Holder, stack = defaultStack()): Promise<string> {
  return tokenUnder(new TextEncoder().encode(readSecret(stack)), holder);
}

/** The same, under a secret that was read before. */
export function tokenUnder(secret: Uint8Array, { role, subject }: Holder): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuer(party)
    .setAudience(party)
    .setIssuedAt()
    .setJti(crypto.randomUUID())
    .setExpirationTime('12h')
    .sign(secret);
}

/** The holder of a role's token: `service`, `viewer`, `operator` or `admin`. */
export const roleHolder = (role: string): Holder => ({ role, subject: `local-${role}` });

/** The holder of a customer's own token. */
export const customerHolder = (id: string): Holder => ({ role: 'customer', subject: id });
