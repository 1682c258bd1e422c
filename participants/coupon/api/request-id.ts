/**
 * A request's public id: the request's fields and position, sealed. So neither a pending nor a failed request needs a row.
 *
 * The same request always yields the same id, so the link to a winning request is the id in the answer to its POST.
 */
import { requestIdOf } from '../events.ts';
import type { Seal } from './seal.ts';

/** Refusals from the cache. The order is fixed: an id holds a refusal's index. */
const REFUSALS = ['sold-out', 'duplicate'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Identifies a request. `key` distinguishes the requests of one user in one campaign. */
export interface RequestIdentity {
  readonly campaignId: string;
  readonly userId: string;
  readonly key: string;
}

/** A request at its position in the log. */
export type PlacedRef = RequestIdentity & {
  readonly acceptedAtMs: number;
  readonly partition: number;
  readonly offset: number;
  readonly refused?: undefined;
  readonly unplaced?: undefined;
};
/** A request that the cache refused. */
export type RefusedRef = RequestIdentity & {
  readonly acceptedAtMs: number;
  readonly refused: Refusal;
  readonly unplaced?: undefined;
};
/** A request that the brokers did not acknowledge in time: they may have it, and may yet get it. */
export type UnplacedRef = RequestIdentity & {
  readonly acceptedAtMs: number;
  readonly unplaced: true;
  readonly refused?: undefined;
};
/** An answered request. `acceptedAtMs` is ms since 1970 by the brokers' clock, or by this process's without a position. */
export type RequestRef = PlacedRef | RefusedRef | UnplacedRef;

/** Whether the brokers acknowledged a request. */
export function isPlaced(ref: RequestRef): ref is PlacedRef {
  return ref.refused === undefined && ref.unplaced === undefined;
}

/** The purpose under which these ids' keys are derived from the ring's secrets. */
export const REQUEST_ID_PURPOSE = 'coupon-request-id/1';

const VERSION = 1;
/** The kind of an accepted request; a refusal's kind is its index plus 1. */
const ACCEPTED = 0;
const UNPLACED = 255;
const HEAD_BYTES = 2 + 16 + 6;
const POSITION_BYTES = 2 + 6;
/** Longer texts are foreign, and are not decoded. */
const MAX_TEXT_LENGTH = 800;

/** The message's id. */
export function messageIdOf({ campaignId, userId, key }: RequestIdentity): string {
  return requestIdOf(campaignId, userId, key);
}

/** The key in a message's id; null when the id is of another campaign or user. */
export function keyOf(messageId: string, campaignId: string, userId: string): string | null {
  const start = requestIdOf(campaignId, userId, '');
  return messageId.startsWith(start) ? messageId.slice(start.length) : null;
}

/** The public id of a request. */
export function writeRequestId(seal: Seal, ref: RequestRef): string {
  const key = Buffer.from(ref.key);
  const user = Buffer.from(ref.userId);
  const positionBytes = isPlaced(ref) ? POSITION_BYTES : 0;
  const bytes = Buffer.alloc(HEAD_BYTES + positionBytes + 1 + key.length + user.length);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8(kindOf(ref), 1);
  bytes.write(ref.campaignId.replaceAll('-', ''), 2, 16, 'hex');
  bytes.writeUIntBE(ref.acceptedAtMs, 18, 6);
  if (isPlaced(ref)) {
    bytes.writeUInt16BE(ref.partition, HEAD_BYTES);
    bytes.writeUIntBE(ref.offset, HEAD_BYTES + 2, 6);
  }
  const at = HEAD_BYTES + positionBytes;
  bytes.writeUInt8(key.length, at);
  key.copy(bytes, at + 1);
  user.copy(bytes, at + 1 + key.length);
  return seal.close(bytes);
}

function kindOf(ref: RequestRef): number {
  if (ref.unplaced) return UNPLACED;
  return ref.refused === undefined ? ACCEPTED : 1 + REFUSALS.indexOf(ref.refused);
}

/** The request in a public id; null when this API did not write it. */
export function readRequestId(seal: Seal, text: string): RequestRef | null {
  if (text.length > MAX_TEXT_LENGTH) return null;
  const bytes = seal.open(text);
  if (bytes === null || bytes.length < HEAD_BYTES || bytes.readUInt8(0) !== VERSION) return null;
  const kind = bytes.readUInt8(1);
  const refused = REFUSALS[kind - 1];
  const at = HEAD_BYTES + (kind === ACCEPTED ? POSITION_BYTES : 0);
  const keyEnd = at + 1 + bytes.readUInt8(at);
  const request = {
    campaignId: uuidOf(bytes.toString('hex', 2, 18)),
    acceptedAtMs: bytes.readUIntBE(18, 6),
    key: bytes.toString('utf8', at + 1, keyEnd),
    userId: bytes.toString('utf8', keyEnd),
  };
  if (kind === UNPLACED) return { ...request, unplaced: true };
  if (kind !== ACCEPTED) return refused === undefined ? null : { ...request, refused };
  return {
    ...request,
    partition: bytes.readUInt16BE(HEAD_BYTES),
    offset: bytes.readUIntBE(HEAD_BYTES + 2, 6),
  };
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
