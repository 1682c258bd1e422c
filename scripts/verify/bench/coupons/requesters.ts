/** The order of users: the same in every run. Some repeat, at once or seconds later, with a coupon or without. */

/** Coprime to a hundred: in a hundred requests in a row the repeats lie apart. */
const STRIDE = 37;
/** How far back a repeat reaches, in users: at 5,000/s within the same group, and up to two seconds. */
const BACK_MAX = 10_000;
const BACK_STRIDE = 7_919;

/** The users of some requests in a row. */
export interface Requesters {
  /** By request: the user's number, counted from 0 in the order of their first requests. */
  readonly users: Uint32Array;
  /** Different users. */
  readonly distinct: number;
}

/** @param duplicates percent of the requests that are a user's second or later one, below 100; each hundred holds exactly so many, the first one less at the most */
export function requesters(count: number, duplicates: number): Requesters {
  const users = new Uint32Array(count);
  let distinct = 0;
  for (let n = 0; n < count; n++) {
    const isRepeat = distinct > 0 && (n * STRIDE) % 100 < duplicates;
    if (!isRepeat) {
      users[n] = distinct++;
      continue;
    }
    const back = (n * BACK_STRIDE) % Math.min(distinct, BACK_MAX);
    users[n] = distinct - 1 - back;
  }
  return { users, distinct };
}
