/** A field of a saga's documents by which people find it. Definitions bring theirs; the stores know none by name. */

/** A text is found as a whole; an integer within a range. */
export interface SearchField {
  /** The filter's name, such as `couponId`; an integer `amount` makes `minAmount` and `maxAmount`. */
  readonly name: string;
  readonly kind: 'text' | 'integer';
  readonly document: 'input' | 'context';
  /** The way to it; `*` stands for every element of a list. Every role may see the field. */
  readonly path: readonly string[];
  /** A sentence for people. */
  readonly about: string;
}

/** The way to a field in the language of PostgreSQL's JSON paths: `$."items"[*]."sku"`. */
export function jsonPath({ path }: Pick<SearchField, 'path'>): string {
  return `$${path.map((part) => (part === '*' ? '[*]' : `.${JSON.stringify(part)}`)).join('')}`;
}

/** The filters' names of an integer. */
export function boundsOf(name: string): { readonly min: string; readonly max: string } {
  const capital = name.charAt(0).toUpperCase() + name.slice(1);
  return { min: `min${capital}`, max: `max${capital}` };
}
