/** Merges lists fairly. */

/** One list of all items: each list's items in their order, spread evenly over the whole. */
export function takeTurns<T>(lists: ReadonlyArray<readonly T[]>): T[] {
  return lists
    .flatMap((list) => list.map((item, nth) => ({ item, at: (nth + 0.5) / list.length })))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
