/** Reads the form encoding of Stripe's API: `metadata[order_id]=…&payment_method_types[0]=card`. */

/** Values by their written name (`metadata[order_id]`). */
export class Form {
  readonly #values: URLSearchParams;

  constructor(text: string) {
    this.#values = new URLSearchParams(text);
  }

  get(name: string): string | undefined {
    return this.#values.get(name) ?? undefined;
  }

  /** A whole number of 0 or more, or undefined where it is missing or none. */
  integer(name: string): number | undefined {
    const text = this.get(name);
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  /** The entries of one nested object: `metadata[…]`. */
  nested(name: string): Record<string, string> {
    const entries: Record<string, string> = {};
    for (const [key, value] of this.#values) {
      if (key.startsWith(`${name}[`) && key.endsWith(']')) entries[key.slice(name.length + 1, -1)] = value;
    }
    return entries;
  }
}
