/** For tests: values that answers gave, by the names of their fields, so that later requests reach what exists. */

/** Of a name; the oldest go first. */
const VALUES_MAX = 40;
const NAMES = /(Id|Hash|^id|^cursor|^reason|^fingerprint|^sku|^holder|^upTo)$/;
/** Answers name a page's cursor by another name than requests. */
const RENAMED: Readonly<Record<string, string>> = { nextCursor: 'cursor' };

export class HarvestedValues {
  readonly values = new Map<string, unknown[]>();

  constructor(known: Readonly<Record<string, readonly unknown[]>>) {
    for (const [name, some] of Object.entries(known)) this.values.set(name, [...some]);
  }

  /** Takes the values of an answer. */
  take({
    status,
    headers,
    text,
    type,
  }: {
    status: number;
    headers: Headers;
    text: string;
    type: string;
  }): void {
    const etag = headers.get('etag');
    if (etag !== null) this.#add('etag', etag);
    if (status < 300 && type === 'application/json') this.#takeFrom(JSON.parse(text), 0);
  }

  #takeFrom(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || depth > 4) return;
    for (const [name, part] of Object.entries(value)) {
      const renamed = RENAMED[name] ?? name;
      if (typeof part === 'string' && NAMES.test(renamed)) this.#add(renamed, part);
      else this.#takeFrom(part, depth + 1);
    }
  }

  #add(name: string, value: unknown): void {
    const values = this.values.get(name) ?? [];
    if (values.includes(value)) return;
    values.push(value);
    // Those that the test gave stay.
    if (values.length > VALUES_MAX) values.splice(Math.floor(VALUES_MAX / 2), 1);
    this.values.set(name, values);
  }
}
