/**
 * Tickets for a WebSocket: a browser cannot send a bearer token on an upgrade, so it offers a ticket, valid once and for
 * half a minute. It is sealed, so any instance can read it; Redis stores the used ones for all instances.
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
/** Redis stores a used ticket longer than any is valid, even if the clocks of two instances differ. */
const USED_TTL_S = 120;

export interface Ticket {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  /** Random, unique to the ticket. */
  readonly nonce: string;
}

/** A fresh ticket for a principal. */
export function writeTicket(seal: Seal, { subject, role }: Principal, nowMs: number): string {
  const head = Buffer.alloc(HEAD_BYTES - NONCE_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeUInt8(ROLES.indexOf(role), 1);
  head.writeUIntBE(nowMs + TICKET_MS, 2, 6);
  return seal.close(Buffer.concat([head, randomBytes(NONCE_BYTES), Buffer.from(subject)]));
}

/** Reads a ticket; null when it is forged or expired. `useTicket` checks whether it was used. */
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
 * Uses a ticket up; false when it was used before.
 * @throws when Redis does not answer; then no upgrade is possible
 */
export async function useTicket(redis: Pick<Redis, 'set'>, { nonce }: Ticket): Promise<boolean> {
  return (await redis.set(`coupon:ticket:${nonce}`, '1', 'EX', USED_TTL_S, 'NX')) === 'OK';
}
