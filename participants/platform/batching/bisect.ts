/** Finds the bad items of a batch by bisection. */
/**
 * Runs `work` on all items; where it fails for their data, on each half in turn. Keeps the order.
 * @param isTheirFault whether an error lies in the items; any other error is rethrown
 * @param park handles an item that fails alone
 */
export async function bisect<Item, Result>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<Result[]>,
  isTheirFault: (error: unknown) => boolean,
  park: (item: Item, error: unknown) => Promise<Result[]>,
): Promise<Result[]> {
  if (items.length === 0) return [];
  try {
    return await work(items);
  } catch (error) {
    if (!isTheirFault(error)) throw error;
    const [first] = items;
    if (items.length === 1 && first !== undefined) {
      // Tries once more: after a unique key was lost to a transaction that has since committed, the item may pass.
      try {
        return await work(items);
      } catch (again) {
        if (!isTheirFault(again)) throw again;
        return park(first, again);
      }
    }
    const middle = Math.ceil(items.length / 2);
    return [
      ...(await bisect(items.slice(0, middle), work, isTheirFault, park)),
      ...(await bisect(items.slice(middle), work, isTheirFault, park)),
    ];
  }
}
