/** Ids: time-ordered UUIDs, readable command and reply ids, and the partition of a key. */
import { randomFillSync } from 'node:crypto';

/** The partitions of engine inputs and command channels. The number cannot change: each saga's order depends on it. */
export const SAGA_PARTITIONS = 12;

const random = Buffer.alloc(16 * 256);
let used = random.length;

/** A UUIDv7 (RFC 9562): 48 bits of `nowMs`, then randomness. Sorts by time, so that inserts stay at an index's edge. */
export function uuidv7(nowMs: number): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const b = random.subarray(used, used + 16);
  used += 16;
  b.writeUIntBE(nowMs, 0, 6);
  b.writeUInt8((b.readUInt8(6) & 0x0f) | 0x70, 6);
  b.writeUInt8((b.readUInt8(8) & 0x3f) | 0x80, 8);
  const h = b.toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

/** The last instant that a UUIDv7 can hold, in the year 10889. */
const UUIDV7_MS_MAX = 2 ** 48 - 1;

/** The smallest UUIDv7 of an instant: the bound of a table partition. An instant that no UUIDv7 holds counts as the nearest. */
export function uuidv7Floor(ms: number): string {
  const held = Math.min(UUIDV7_MS_MAX, Math.max(0, ms));
  const h = held.toString(16).padStart(12, '0');
  return `${h.slice(0, 8)}-${h.slice(8)}-7000-8000-000000000000`;
}

/** The instant a UUIDv7 was made, ms. */
export function uuidv7Ms(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID in lower case, as saga ids are written. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * A UUIDv7 whose key lands in a given partition (after about twelve hashes). Orders accepted together get one partition,
 * so that each hop carries them as one batch: the broker's cost is per partition and request, not per message.
 */
export function uuidv7InPartition(nowMs: number, partition: number, partitions = SAGA_PARTITIONS): string {
  for (;;) {
    const id = uuidv7(nowMs);
    if (partitionOf(id, partitions) === partition) return id;
  }
}

/** A key's partition by Kafka's default partitioner (murmur2). */
export function partitionOf(key: string | Buffer, partitions = SAGA_PARTITIONS): number {
  return (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}

/** Kafka's murmur2, 32 bit, seed 0x9747b28c, as in its `Utils.murmur2`. */
function murmur2(data: Buffer): number {
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ data.length;
  let i = 0;
  for (; i + 4 <= data.length; i += 4) {
    let k = Math.imul(data.readInt32LE(i), m);
    k = Math.imul(k ^ (k >>> 24), m);
    h = Math.imul(h, m) ^ k;
  }
  for (let shift = (data.length - i - 1) * 8, j = data.length - 1; shift >= 0; shift -= 8, j--) {
    h ^= data.readUInt8(j) << shift;
    if (shift === 0) h = Math.imul(h, m);
  }
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}

/** The id of the nth command of a type in a saga: `<sagaId>/payment.charge`, then `…#2`. */
export function commandId(sagaId: string, type: string, nth: number): string {
  return nth === 1 ? `${sagaId}/${type}` : `${sagaId}/${type}#${nth}`;
}

/** The type in a command id; null when the id is none of that saga. */
export function commandTypeOf(id: string, sagaId: string): string | null {
  const match = /^([a-z]+\.[a-zA-Z]+)(?:#(?:[2-9]|[1-9]\d+))?$/.exec(id.slice(sagaId.length + 1));
  return id.startsWith(`${sagaId}/`) && match !== null ? (match[1] ?? null) : null;
}

/** Which of its type's commands in its saga a command is: 1, 2, 3 … */
export function commandNumber(id: string): number {
  return Number(id.split('#')[1] ?? 1);
}

/** The id of a command's reply; a command never gets a second one. */
export function replyId(command: string): string {
  return `${command}/reply`;
}

/** The id of a notice about a command, by its number or name; it differs from the reply's. */
export function noticeId(command: string, nth: number | string): string {
  return `${command}/notice/${nth}`;
}

/** The id of an event: the same from every publisher. */
export function eventId(sagaId: string, type: string): string {
  return `${sagaId}/${type}`;
}
