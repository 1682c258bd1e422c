/** The text of a failed test, for the end of all output: whole, as far as it is not too long to be read there. */
import { inspect } from 'node:util';

/** Of the message and the difference together this many characters are kept; then the stack's first frames follow. */
export const TEXT_MAX = 3_600;
const FRAMES = 5;

/**
 * @param {string} title where it failed: the file and the test's name
 * @param {unknown} error what it threw
 * @param {string} difference of what was expected and what was found; empty without one
 */
export function failureText(title, error, difference = '') {
  const { message, frames } = partsOf(error);
  const text = shortened([message, difference.trim()].filter((part) => part !== '').join('\n'));
  return [title, ...[...text.split('\n'), ...frames].map((line) => `  ${line}`)].join('\n');
}

/**
 * The message, with what caused it, and the frames of the stack, which repeats the message.
 * @param {unknown} error
 * @returns {{ message: string, frames: string[] }}
 */
function partsOf(error) {
  if (!(error instanceof Error)) return { message: inspect(error), frames: [] };
  const lines = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  const causes = [error.cause, ...(error instanceof AggregateError ? error.errors : [])]
    .filter((cause) => cause !== undefined)
    .map((cause) => `\ncaused by ${inspect(cause)}`);
  return {
    message: `${error.name}: ${error.message}${causes.join('')}`,
    frames: lines.slice(0, FRAMES).map((line) => line.trim()),
  };
}

/**
 * The middle is left out: what was expected stands at the beginning, and often what was seen last at the end.
 * @param {string} text
 */
function shortened(text) {
  if (text.length <= TEXT_MAX) return text;
  const half = TEXT_MAX / 2;
  const left = text.length - TEXT_MAX;
  return `${text.slice(0, half)}\n… ${left} characters …\n${text.slice(-half)}`;
}
