/**
 * Tickets for a WebSocket: a browser cannot send a bearer token on an upgrade, so it offers a ticket, valid once and for
 * half a minute. It is sealed, so any instance can read it; Redis stores the used ones for all instances.
 */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Principal, type Proof, ROLES } from '#platform/process/auth-tokens.ts';
import type { Seal } from './seal.ts';

export const TICKET_PURPOSE = 'coupon-ticket/1';
export const TICKET_MS = 30_000;

const VERSION = 2;
const [TIME_BYTES, NONCE_BYTES, PROOF_ID_BYTES] = [6, 16, 16];
/** Where each part begins: version, role, expiry, nonce, the proof's kind, instant and id, the subject. */
const NONCE_AT = 2 + TIME_BYTES;
const PROOF_AT = NONCE_AT + NONCE_BYTES;
const SUBJECT_AT = PROOF_AT + 1 + TIME_BYTES + PROOF_ID_BYTES;
/** Kinds of proof. */
const [BY_KEY, BY_TOKEN, BY_TOKEN_WITHOUT_ID] = [0, 1, 2];
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
export function writeTicket(seal: Seal, { subject, role, proof }: Principal, nowMs: number): string {
  const head = Buffer.alloc(SUBJECT_AT);
  head.writeUInt8(VERSION, 0);
  head.writeUInt8(ROLES.indexOf(role), 1);
  head.writeUIntBE(nowMs + TICKET_MS, 2, TIME_BYTES);
  randomBytes(NONCE_BYTES).copy(head, NONCE_AT);
  writeProof(head.subarray(PROOF_AT), proof);
  return seal.close(Buffer.concat([head, Buffer.from(subject)]));
}

/** The id of a key is sixteen characters, the digest of a token's as many bytes. */
function writeProof(into: Buffer, proof: Proof): void {
  const idAt = 1 + TIME_BYTES;
  if ('apiKey' in proof) {
    into.writeUInt8(BY_KEY, 0);
    into.write(proof.apiKey, idAt, 'latin1');
    return;
  }
  into.writeUInt8(proof.token === null ? BY_TOKEN_WITHOUT_ID : BY_TOKEN, 0);
  into.writeUIntBE(Math.max(0, Math.floor(proof.issuedAtMs)), 1, TIME_BYTES);
  into.write(proof.token ?? '', idAt, 'hex');
}

function readProof(from: Buffer): Proof {
  const [kind, id] = [from.readUInt8(0), from.subarray(1 + TIME_BYTES)];
  if (kind === BY_KEY) return { apiKey: id.toString('latin1') };
  return { token: kind === BY_TOKEN ? id.toString('hex') : null, issuedAtMs: from.readUIntBE(1, TIME_BYTES) };
}

/** Reads a ticket; null when it is forged or expired. `useTicket` checks whether it was used. */
export function readTicket(seal: Seal, text: string, nowMs: number): Ticket | null {
  if (text.length > MAX_TEXT_LENGTH) return null;
  const bytes = seal.open(text);
  if (bytes === null || bytes.length <= SUBJECT_AT || bytes.readUInt8(0) !== VERSION) return null;
  const role = ROLES[bytes.readUInt8(1)];
  const expiresAtMs = bytes.readUIntBE(2, TIME_BYTES);
  if (role === undefined || nowMs >= expiresAtMs) return null;
  const nonce = bytes.toString('base64url', NONCE_AT, PROOF_AT);
  const proof = readProof(bytes.subarray(PROOF_AT, SUBJECT_AT));
  return { principal: { subject: bytes.toString('utf8', SUBJECT_AT), role, proof }, expiresAtMs, nonce };
}

/**
 * Uses a ticket up; false when it was used before.
 * @throws when Redis does not answer; then no upgrade is possible
 */
export async function useTicket(redis: Pick<Redis, 'set'>, { nonce }: Ticket): Promise<boolean> {
  return (await redis.set(`coupon:ticket:${nonce}`, '1', 'EX', USED_TTL_S, 'NX')) === 'OK';
}
