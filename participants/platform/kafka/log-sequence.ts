/**
 * Puts the offsets of the logs that followed one another under a topic's name into one sequence: rows hold an offset **in
 * sequence**, `number of the log × 2^40 + offset in the log`. A topic that is deleted and created anew uses its offsets again.
 */

/** More records than a partition ever has: at 10,000 a second, those of three years. */
const LOG_SPAN = 2 ** 40;

/** An offset in sequence. */
export function inSequence(logNumber: number, offset: number): number {
  if (offset >= LOG_SPAN) throw new RangeError(`offset ${offset} is beyond what a log may reach`);
  return logNumber * LOG_SPAN + offset;
}

/** The number of the log that an offset in sequence is in. */
export function logNumberOf(offset: number): number {
  return Math.floor(offset / LOG_SPAN);
}

/** The log's own offset. */
export function offsetInLog(offset: number): number {
  return offset % LOG_SPAN;
}
