/**
 * A request's public id: all that is known of it, sealed. So neither waiting nor having lost needs a row.
 *
 * It is the same whenever and wherever it is made of the same request, so a link to somebody's winning request is the
 * id that its POST was answered with.
 */
import { requestIdOf } from '../events.ts';
import type { Seal } from './seal.ts';

/** What is wrong with a request at the door already; the order is for good, as the place is what travels. */
const REFUSALS = ['sold-out', 'duplicate'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Who asks for what. `key` tells the requests of one user in one campaign apart. */
export interface RequestIdentity {
  readonly campaignId: string;
  readonly userId: string;
  readonly key: string;
}

/** A request as it was answered, ms since 1970 by the brokers' clock, or by ours where they never saw it. */
export type RequestRef = RequestIdentity & { readonly acceptedAtMs: number } & (
    | { readonly partition: number; readonly offset: number; readonly refused?: undefined }
    | { readonly refused: Refusal }
  );

/** What seals these ids is derived from the tokens' secret under this name. */
export const REQUEST_ID_PURPOSE = 'coupon-request-id/1';

const VERSION = 1;
/** The kind of a request that the brokers took; a refusal's kind is its place in the list, from 1 on. */
const ACCEPTED = 0;
const HEAD_BYTES = 2 + 16 + 6;
const PLACE_BYTES = 2 + 6;
/** Longer texts are none of ours: they are not even decoded. */
const MAX_TEXT_LENGTH = 800;

/** The message's id. */
export function messageIdOf({ campaignId, userId, key }: RequestIdentity): string {
  return requestIdOf(campaignId, userId, key);
}

/** The key in a message's id; null when it is not of this campaign and user. */
export function keyOf(messageId: string, campaignId: string, userId: string): string | null {
  const start = requestIdOf(campaignId, userId, '');
  return messageId.startsWith(start) ? messageId.slice(start.length) : null;
}

/** The public id of a request. */
export function writeRequestId(seal: Seal, ref: RequestRef): string {
  const key = Buffer.from(ref.key);
  const user = Buffer.from(ref.userId);
  const placeBytes = ref.refused === undefined ? PLACE_BYTES : 0;
  const bytes = Buffer.alloc(HEAD_BYTES + placeBytes + 1 + key.length + user.length);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8(ref.refused === undefined ? ACCEPTED : 1 + REFUSALS.indexOf(ref.refused), 1);
  bytes.write(ref.campaignId.replaceAll('-', ''), 2, 16, 'hex');
  bytes.writeUIntBE(ref.acceptedAtMs, 18, 6);
  if (ref.refused === undefined) {
    bytes.writeUInt16BE(ref.partition, HEAD_BYTES);
    bytes.writeUIntBE(ref.offset, HEAD_BYTES + 2, 6);
  }
  const at = HEAD_BYTES + placeBytes;
  bytes.writeUInt8(key.length, at);
  key.copy(bytes, at + 1);
  user.copy(bytes, at + 1 + key.length);
  return seal.close(bytes);
}

/** The request of a public id; null when we did not make it. */
export function readRequestId(seal: Seal, text: string): RequestRef | null {
  if (text.length > MAX_TEXT_LENGTH) return null;
  const bytes = seal.open(text);
  if (bytes === null || bytes.length < HEAD_BYTES || bytes.readUInt8(0) !== VERSION) return null;
  const kind = bytes.readUInt8(1);
  const refused = REFUSALS[kind - 1];
  const at = HEAD_BYTES + (kind === ACCEPTED ? PLACE_BYTES : 0);
  const keyEnd = at + 1 + bytes.readUInt8(at);
  const asked = {
    campaignId: uuidOf(bytes.toString('hex', 2, 18)),
    acceptedAtMs: bytes.readUIntBE(18, 6),
    key: bytes.toString('utf8', at + 1, keyEnd),
    userId: bytes.toString('utf8', keyEnd),
  };
  if (kind !== ACCEPTED) return refused === undefined ? null : { ...asked, refused };
  return {
    ...asked,
    partition: bytes.readUInt16BE(HEAD_BYTES),
    offset: bytes.readUIntBE(HEAD_BYTES + 2, 6),
  };
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
