/** One read for all that want the same within a short time: however many clients refresh a view, the database reads once. */

/**
 * A read whose answer counts for a while. A failed one is not kept: the next caller reads again.
 * @param forMs how long an answer counts, from the beginning of its read
 */
export function sharedRead<T>(read: () => Promise<T>, forMs: number, now: () => number): () => Promise<T> {
  let latest: { readonly atMs: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const nowMs = now();
    // A clock that was set back does not keep an answer for longer.
    if (latest !== null && nowMs >= latest.atMs && nowMs - latest.atMs < forMs) return latest.answer;
    const begun = { atMs: nowMs, answer: read() };
    latest = begun;
    begun.answer.catch(() => {
      if (latest === begun) latest = null;
    });
    return begun.answer;
  };
}
