/** Parsers of the comparison's own arguments: the numbers in flight, and the names of `--only`. */
import { ARMS, type ArmName } from './names.ts';

const LEVELS_MAX = 10;
/** The service calls of one order at a time are two invocations, and Restate bounds a node at 1,000. */
const IN_FLIGHT_MAX = 500;

/**
 * Reads `8,64,256`.
 * @throws Error with the problem
 */
export function parseLevels(text: string): readonly number[] {
  const levels = text.split(',').map(Number);
  const valid = levels.every((level) => Number.isInteger(level) && level >= 1 && level <= IN_FLIGHT_MAX);
  if (!valid || levels.length > LEVELS_MAX || new Set(levels).size !== levels.length)
    throw new Error(
      `up to ${LEVELS_MAX} different whole numbers from 1 to ${IN_FLIGHT_MAX} are needed, such as 8,64,256, not "${text}"`,
    );
  return levels;
}

/**
 * Reads one more name; the result is in the order in which they run.
 * @throws Error with the names there are
 */
export function addName(text: string, before: readonly ArmName[] = []): readonly ArmName[] {
  if (!ARMS.some((name) => name === text)) throw new Error(`"${text}" is none of ${ARMS.join(', ')}`);
  return ARMS.filter((name) => name === text || before.includes(name));
}
