/** JSON Patches of two values: applied to the one they give the other, and reversed they give the first again; and their list. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { DIFFERENCES_MAX, differences, type PatchOperation, patchOf } from './json-diff.ts';

const CASES: ReadonlyArray<readonly [what: string, before: object, after: object, ops: string]> = [
  ['nothing', { a: 1 }, { a: 1 }, ''],
  ['a new field', {}, { chargeId: 'ch' }, 'add /chargeId'],
  ['a field that went', { a: 1, b: 2 }, { b: 2 }, 'test /a, remove /a'],
  ['another value', { a: 1 }, { a: null }, 'test /a, replace /a'],
  ['a field within', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, 'test /a/c, replace /a/c'],
  ['an array', { a: [1, 2] }, { a: [1] }, 'test /a, replace /a'],
  ['names that a pointer escapes', {}, { 'a/b': 1, '~': 2 }, 'add /a~1b, add /~0'],
  ['an array in place of an object', { a: {} }, { a: [] }, 'test /a, replace /a'],
  ['several fields, by name', { z: 1 }, { b: 1, a: 2 }, 'add /a, add /b, test /z, remove /z'],
];

describe('a patch', () => {
  for (const [what, before, after, ops] of CASES) {
    it(`of ${what}`, () => {
      const patch = patchOf(before, after);
      expect(patch.map(({ op, path }) => `${op} ${path}`).join(', ')).to.equal(ops);
      expect(applied(before, patch)).to.deep.equal(after);
      expect(applied(after, patchOf(after, before))).to.deep.equal(before);
    });
  }

  it('of values that are no objects', () => {
    expect(patchOf(1, 2)).to.deep.equal([
      { op: 'test', path: '', value: 1 },
      { op: 'replace', path: '', value: 2 },
    ]);
  });
});

describe('the differences of two documents', () => {
  it('name each field that was added, removed or changed', () => {
    const before = { a: 1, b: { 'c/d': [1, 2], e: null }, gone: true };
    const after = { a: 1, b: { 'c/d': [1, 3, 4], e: {} }, fresh: 'x' };
    expect(differences(before, after)).to.deep.equal([
      { pointer: '/b/c~1d/1', kind: 'changed', before: 2, after: 3 },
      { pointer: '/b/c~1d/2', kind: 'added', after: 4 },
      { pointer: '/b/e', kind: 'changed', before: null, after: {} },
      { pointer: '/fresh', kind: 'added', after: 'x' },
      { pointer: '/gone', kind: 'removed', before: true },
    ]);
  });

  it('are none of equal documents, and one of two kinds of value', () => {
    expect(differences({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).to.deep.equal([]);
    expect(differences([1], { 0: 1 })).to.have.length(1);
    expect(differences({ __proto__: null, toString: 1 }, {})).to.deep.equal([
      { pointer: '/toString', kind: 'removed', before: 1 },
    ]);
  });

  it('are bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, { g: i }]));
    expect(differences(many, {})).to.have.length(DIFFERENCES_MAX + 1);
  });
});

/** As RFC 6902 has it, for objects. */
function applied(value: object, patch: readonly PatchOperation[]): object {
  const result = structuredClone(value);
  for (const { op, path, value: operand } of patch) {
    const names = path
      .slice(1)
      .split('/')
      .map((one) => one.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop() ?? '';
    let parent = result as Record<string, unknown>;
    for (const name of names) parent = parent[name] as Record<string, unknown>;
    if (op === 'test' && !isDeepStrictEqual(parent[last], operand)) throw new Error(`${path} differs`);
    if (op === 'remove') delete parent[last];
    if (op === 'add' || op === 'replace') parent[last] = operand;
  }
  return result;
}
