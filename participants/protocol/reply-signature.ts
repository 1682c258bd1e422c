/**
 * The signature of what a participant sends on `saga-replies`. The participants share that topic, so its ACL cannot tell who
 * wrote a record: a signature under a key that the participant and the engines alone have can.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InRecord } from './envelope.ts';
import { TerminalError } from './errors.ts';

/** The header of a record that bears it. */
export const SIGNATURE_HEADER = 'signature';

/** The keys of each participant, by its name: several while one is replaced. */
export type ReplyKeys = ReadonlyMap<string, readonly string[]>;

/** HMAC-SHA-256 of a record's value, which names its sender, its saga and its command. */
export function signatureOf(key: string, value: string | Buffer): string {
  return createHmac('sha256', key).update(value).digest('base64url');
}

/**
 * Checks that a participant signed a record's value.
 * @throws TerminalError `bad-signature`
 */
export function checkSignature(keys: ReplyKeys, participant: string, { value, headers }: InRecord): void {
  const given = headers?.[SIGNATURE_HEADER];
  if (given === undefined)
    throw new TerminalError('bad-signature', `it claims to be from ${participant}, and bears no signature`);
  const isSigned = (keys.get(participant) ?? []).some((key) =>
    isEqual(signatureOf(key, value ?? Buffer.alloc(0)), given),
  );
  if (!isSigned)
    throw new TerminalError(
      'bad-signature',
      `it claims to be from ${participant}, whose key did not sign it`,
    );
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
