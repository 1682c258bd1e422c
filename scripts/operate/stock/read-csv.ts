/** Reads stock levels from CSV, `sku,quantity` a line: every line is checked before anything is written. */
import { MAX_QUANTITY, type WantedLevel } from '#participants/inventory/set-levels.ts';

const MAX_LINES = 200_000;
const MAX_PROBLEMS = 20;
const MAX_SKU = 64;

/** The problem with a sku, or null. The limits are those of an order line. */
export function skuProblem(sku: string): string | null {
  if (sku === '') return 'the sku is empty';
  if (sku.length > MAX_SKU) return `the sku is longer than ${MAX_SKU} characters`;
  // What a terminal in another encoding made of a letter.
  if (sku.includes('\uFFFD')) return 'the sku holds U+FFFD in place of a letter: it was not UTF-8';
  return /[\p{Cc}\p{Cs},"]/u.test(sku) ? 'a sku holds no comma, no quote and no control character' : null;
}

/** A quantity as a whole number, or null where it is none from 0 to a billion. */
export function readQuantity(text: string): number | null {
  const quantity = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return quantity <= MAX_QUANTITY ? quantity : null;
}

/** The levels of a CSV text, or its problems, with line numbers. Skips a header line and empty lines. */
export function readCsv(text: string): { levels: WantedLevel[]; problems: string[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  if (lines.length > MAX_LINES)
    return { levels: [], problems: [`more than ${MAX_LINES} lines: load it in parts`] };
  const levels: WantedLevel[] = [];
  const problems: string[] = [];
  const seenAt = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || (index === 0 && /^sku\s*,\s*quantity$/i.test(line.trim()))) continue;
    const number = index + 1;
    const level = readLine(line);
    if (typeof level === 'string') {
      problems.push(`line ${number}: ${level}`);
      continue;
    }
    const before = seenAt.get(level.sku);
    if (before !== undefined) problems.push(`line ${number}: ${level.sku} is on line ${before} already`);
    seenAt.set(level.sku, number);
    levels.push(level);
  }
  if (levels.length === 0 && problems.length === 0) problems.push('there is no line `sku,quantity` in it');
  const more = problems.length - MAX_PROBLEMS;
  return {
    levels,
    problems: more > 0 ? [...problems.slice(0, MAX_PROBLEMS), `… and ${more} more`] : problems,
  };
}

function readLine(line: string): WantedLevel | string {
  const fields = line.split(',').map((field) => field.trim());
  const [sku, text] = fields;
  if (fields.length !== 2 || sku === undefined || text === undefined) return 'not of the form sku,quantity';
  const problem = skuProblem(sku);
  if (problem !== null) return problem;
  const quantity = readQuantity(text);
  return quantity === null ? `"${text}" is no whole number from 0 to ${MAX_QUANTITY}` : { sku, quantity };
}
