/** Opaque cursors: the start of a page of a list. */
import { isUuid } from '#protocol/ids.ts';
import { Problem } from './problem.ts';

/** The cursor after an id: the next page continues with smaller ids. */
export function toCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/**
 * The id in a cursor.
 * @throws Problem `validation` when this product did not make the cursor
 */
export function fromCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isUuid(id) || toCursor(id) !== cursor)
    throw new Problem('validation', 'the cursor is not one of this list');
  return id;
}
