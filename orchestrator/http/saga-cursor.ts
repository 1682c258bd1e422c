/**
 * The opaque cursor of a list of sagas: the filter and the order it belongs to, the instant of the first page, and where the
 * next page begins. Ages and ends of lists are counted from that instant on every page, so no saga is listed twice.
 */
import { createHash } from 'node:crypto';
import type { SagaFilter, SagaSort } from '#engine/search/saga-filter.ts';
import type { Position } from '#orchestrator/store/list-sagas.ts';
import { Problem } from '#platform/http/problem.ts';
import { isUuid } from '#protocol/ids.ts';

export interface SagaCursor {
  readonly asOfMs: number;
  readonly after: Position;
}

const LIST_BYTES = 4;
const MS_BYTES = 6;
const ID_BYTES = 16;
const BYTES = LIST_BYTES + 2 * MS_BYTES + ID_BYTES;

/** A list, as far as a cursor belongs to it. */
export interface CursorList {
  readonly filter: SagaFilter;
  readonly sort: SagaSort;
}

/** The cursor of the page that begins after a position. */
export function toSagaCursor(list: CursorList, { asOfMs, after }: SagaCursor): string {
  const bytes = Buffer.alloc(LIST_BYTES + 2 * MS_BYTES);
  bytes.set(digestOf(list));
  bytes.writeUIntBE(asOfMs, LIST_BYTES, MS_BYTES);
  bytes.writeUIntBE(after.stateSinceMs, LIST_BYTES + MS_BYTES, MS_BYTES);
  return Buffer.concat([bytes, Buffer.from(after.id.replaceAll('-', ''), 'hex')]).toString('base64url');
}

/**
 * Reads a cursor.
 * @throws Problem `validation` when it is none, or of a list with another filter or order
 */
export function fromSagaCursor(list: CursorList, cursor: string): SagaCursor {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length !== BYTES || bytes.toString('base64url') !== cursor)
    throw new Problem('validation', 'the cursor is not one of this list');
  if (!bytes.subarray(0, LIST_BYTES).equals(digestOf(list)))
    throw new Problem(
      'validation',
      'the cursor belongs to a list with another filter or order: begin without it',
    );
  const hex = bytes.toString('hex', BYTES - ID_BYTES);
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isUuid(id)) throw new Problem('validation', 'the cursor is not one of this list');
  const asOfMs = bytes.readUIntBE(LIST_BYTES, MS_BYTES);
  return { asOfMs, after: { id, stateSinceMs: bytes.readUIntBE(LIST_BYTES + MS_BYTES, MS_BYTES) } };
}

function digestOf({ filter, sort }: CursorList): Buffer {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const text = JSON.stringify([sort, given.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(text).digest().subarray(0, LIST_BYTES);
}
