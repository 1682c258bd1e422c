/** Finds the bad ones of a batch: what fails for its data is cut in halves until each bad one stands alone. */

/**
 * Runs `work` on all items; where it fails for its data, on each half, and so on. Order is kept.
 * @param isTheirFault whether an error lies in the items; any other error is thrown on
 * @param park takes an item that fails alone
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
      // A second look: a unique key lost to a transaction that has committed by now is no fault of the item.
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
