/**
 * Tickets for a WebSocket: a browser cannot send a bearer token with one, so it shows a ticket that is good once, for
 * half a minute. It is sealed, so that any instance can read it; Redis, which all of them share, remembers that it was used.
 */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Principal, ROLES } from '#platform/process/auth-tokens.ts';
import type { Seal } from './seal.ts';

export const TICKET_PURPOSE = 'coupon-ticket/1';
export const TICKET_MS = 30_000;

const VERSION = 1;
const NONCE_BYTES = 16;
const HEAD_BYTES = 2 + 6 + NONCE_BYTES;
const MAX_TEXT_LENGTH = 1_200;
/** Remembered longer than any ticket is good, also where the clocks of two instances differ. */
const REMEMBERED_S = 120;

export interface Ticket {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  /** Unlike any other's. */
  readonly nonce: string;
}

/** A fresh ticket for who asks. */
export function writeTicket(seal: Seal, { subject, role }: Principal, nowMs: number): string {
  const head = Buffer.alloc(HEAD_BYTES - NONCE_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeUInt8(ROLES.indexOf(role), 1);
  head.writeUIntBE(nowMs + TICKET_MS, 2, 6);
  return seal.close(Buffer.concat([head, randomBytes(NONCE_BYTES), Buffer.from(subject)]));
}

/** A ticket of ours that has not expired; null otherwise. Whether it was used is asked of `useTicket`. */
export function readTicket(seal: Seal, text: string, nowMs: number): Ticket | null {
  if (text.length > MAX_TEXT_LENGTH) return null;
  const bytes = seal.open(text);
  if (bytes === null || bytes.length <= HEAD_BYTES || bytes.readUInt8(0) !== VERSION) return null;
  const role = ROLES[bytes.readUInt8(1)];
  const expiresAtMs = bytes.readUIntBE(2, 6);
  if (role === undefined || nowMs >= expiresAtMs) return null;
  const nonce = bytes.toString('base64url', HEAD_BYTES - NONCE_BYTES, HEAD_BYTES);
  return { principal: { subject: bytes.toString('utf8', HEAD_BYTES), role }, expiresAtMs, nonce };
}

/**
 * Uses a ticket up; false when somebody did before.
 * @throws when Redis does not answer: then nobody knows, and nobody is let in
 */
export async function useTicket(redis: Pick<Redis, 'set'>, { nonce }: Ticket): Promise<boolean> {
  return (await redis.set(`coupon:ticket:${nonce}`, '1', 'EX', REMEMBERED_S, 'NX')) === 'OK';
}
