/** Opaque cursors: where a page of a list begins. */
import { isUuid } from '#protocol/ids.ts';
import { Problem } from './problem.ts';

/** A cursor behind which the list goes on with smaller ids. */
export function toCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/**
 * The id in a cursor.
 * @throws Problem `validation` when it is not one of ours
 */
export function fromCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isUuid(id) || toCursor(id) !== cursor)
    throw new Problem('validation', 'the cursor is not one of this list');
  return id;
}
