/** Filters in an address. Pure. */

/** Those of these names; what is none is left out. */
export function readSearch<Name extends string>(
  names: readonly Name[],
  search: Readonly<Record<string, unknown>>,
): { readonly [One in Name]?: string } {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = search[name];
      return typeof value === 'string' && value !== '' ? [[name, value]] : [];
    }),
  ) as { readonly [One in Name]?: string };
}
