/**
 * A join that can only probe an index.
 *
 * For `a = b` PostgreSQL also considers to read the index from end to end, in the order that a merge join would want, merge
 * joins allowed or not. Where its statistics count a row or none, as after an ANALYZE in a month's first second, that is
 * cheaper than a probe for each row of a batch, and the prepared plan outlives the statistics: once the month has filled,
 * each batch reads all of it. No merge join knows ANY, so there the order is of no use and the probe is the only plan left.
 */

/** The condition that an indexed column equals a value. @param value an expression of the other side of the join */
export function probe(column: string, value: string): string {
  return `${column} = ANY (ARRAY[${value}])`;
}
