/** The one order in which statements lock their rows. */

/** Compares by a key, as PostgreSQL orders uuids and plain ASCII. */
export function by<T>(key: (of: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [first, second] = [key(a), key(b)];
    return first < second ? -1 : first > second ? 1 : 0;
  };
}
