/** The hash of a plan: two plans with one hash promise the same. */
import { hash } from 'node:crypto';
import { canonicalJson } from '#protocol/canonical-json.ts';

/** SHA-256, in hex, over the canonical JSON of a plan. */
export function planHash(plan: unknown): string {
  return hash('sha256', canonicalJson(plan));
}
