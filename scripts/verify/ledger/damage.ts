/** For the ledger's tests: a damage to the tables, which an invariant must report. */

/**
 * A damage. `$good`, `$declined`, `$unserved`, `$waiting`, `$couponed` and `$returned` stand for the ids of orders,
 * `$used` and `$free` for those of coupons.
 */
export interface Damage {
  readonly invariant: string;
  readonly reports: RegExp;
  readonly sql: readonly string[];
}
