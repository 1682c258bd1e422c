import { randomBytes } from 'node:crypto';

/** A new id as Stripe writes them: `pi_…`. */
export const newId = (prefix: string): string => `${prefix}_sim${randomBytes(12).toString('hex')}`;
