/** Where two JSON values differ: as a list for people, and as a JSON Patch (RFC 6902). Pure. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

export interface Difference {
  /** A JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: unknown;
  readonly after?: unknown;
}

/** More differences than this are counted, and not listed. */
export const DIFFERENCES_MAX = 200;

/** One operation. A `test` precedes each `replace` and `remove` and carries the old value, so that the patch can be reversed. */
export const patchOperation = z.object({
  op: z.enum(['add', 'remove', 'replace', 'test']),
  path: z.string().describe('A JSON pointer (RFC 6901).'),
  value: z.unknown().optional().describe('Absent of a `remove`.'),
});
export type PatchOperation = Readonly<z.infer<typeof patchOperation>>;

type Fields = Readonly<Record<string, unknown>>;

/** The differences, down to the items of lists, `DIFFERENCES_MAX` and one more at the most. */
export function differences(before: unknown, after: unknown): Difference[] {
  return differing(before, after, { entersLists: true, most: DIFFERENCES_MAX + 1 });
}

/** The patch that makes `after` of `before`. A list that differs is replaced as a whole. */
export function patchOf(before: unknown, after: unknown): PatchOperation[] {
  return differing(before, after, { entersLists: false, most: Number.POSITIVE_INFINITY }).flatMap(
    operationsOf,
  );
}

interface Bounds {
  readonly entersLists: boolean;
  readonly most: number;
}

/** The differences in the order of the fields' names. A field that is undefined is none. */
function differing(before: unknown, after: unknown, bounds: Bounds, pointer = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const areLists = Array.isArray(before) && Array.isArray(after);
  if (!(areLists ? bounds.entersLists : isFields(before) && isFields(after)))
    return [{ pointer, kind: 'changed', before, after }];
  const [was, is] = [before as Fields, after as Fields];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const found: Difference[] = [];
  for (const name of areLists ? names : names.sort()) {
    if (found.length >= bounds.most) break;
    const [old, value] = [own(was, name), own(is, name)];
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (old !== undefined && value !== undefined) found.push(...differing(old, value, bounds, at));
    else if (old !== undefined) found.push({ pointer: at, kind: 'removed', before: old });
    else if (value !== undefined) found.push({ pointer: at, kind: 'added', after: value });
  }
  return found.slice(0, bounds.most);
}

function operationsOf({ pointer: path, kind, before, after }: Difference): PatchOperation[] {
  if (kind === 'added') return [{ op: 'add', path, value: after }];
  const test = { op: 'test' as const, path, value: before };
  return kind === 'removed' ? [test, { op: 'remove', path }] : [test, { op: 'replace', path, value: after }];
}

/** A field, unless it is inherited. */
function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
