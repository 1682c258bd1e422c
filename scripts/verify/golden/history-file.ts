/** A history as a file: how the saga was born on the first line, then one transition a line. */
import type { History } from '#engine/replay.ts';

type Entry = History['entries'][number];

/** The text of the file. */
export function historyText({ birth, entries }: History): string {
  return [birth, ...entries].map((part) => `${JSON.stringify(part)}\n`).join('');
}

/** The reverse. */
export function readHistory(text: string): History {
  const [birth, ...entries] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return {
    birth: { ...birth, createdAt: new Date(birth.createdAt) },
    entries: entries.map((entry) => ({ ...entry, at: new Date(entry.at) }) as Entry),
  };
}
