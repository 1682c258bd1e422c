/** Parsers of the benchmarks' arguments. */
import { InvalidArgumentError } from 'commander';

const MAX = 1e7;

/** A parser of numbers above a bound, up to ten million or `most`. */
export function above(bound: number, most = MAX): (text: string) => number {
  return parse((text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > bound) || value > most)
      throw new Error(`a number above ${bound} and up to ${most} is needed, not "${text}"`);
    return value;
  });
}

/** A parser of whole numbers from one on. */
export const whole = parse((text) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAX)
    throw new Error(`a whole number is needed, not "${text}"`);
  return value;
});

/** Wraps a parser so that commander shows its error as its own. */
export function parse<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}
