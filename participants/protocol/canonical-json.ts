/** Canonical JSON (RFC 8785): one text for one value, so that its hash says whether two values are the same. */

/**
 * The canonical text of a JSON value: names sorted by their UTF-16 units, no white space, numbers and strings as ECMAScript
 * writes them. Leaves out fields that are undefined, as JSON does.
 * @param value what `JSON.parse` gives: no Date, no `toJSON`; its texts hold no half of a surrogate pair
 * @throws TypeError for a number that JSON lacks, and for anything that is no JSON value
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value instanceof Date)
    throw new TypeError(`${String(value)} is no JSON value`);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  // The order of `<`, by UTF-16 units: a locale's would differ between machines.
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
