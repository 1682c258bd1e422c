/**
 * What the commands show on a terminal. Customers, brokers and databases supply much of it: none of it reaches the terminal
 * as a control character.
 */
import { printableLines } from '#platform/process/printable.ts';

/** Writes a result, of one line or several, to stdout. */
export function out(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}

/** Writes what a person should know, of one line or several, to stderr. */
export function say(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`);
}
