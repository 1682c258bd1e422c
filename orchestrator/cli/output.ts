/** Formats data for stdout: as a table for people, or as JSON for programs. */
import Table from 'cli-table3';
import { printable } from '#platform/process/printable.ts';

export const FORMATS = ['table', 'json', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** A table without frames, readable when piped. A cell is one line, whatever it holds. */
export function table(head: readonly string[], lines: ReadonlyArray<readonly string[]>): string {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
  const built = new Table({
    head: [...head],
    chars: {
      ...none,
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  built.push(...lines.map((line) => line.map(printable)));
  return built
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Items in a format. */
export function render<Item>(
  format: Format,
  items: readonly Item[],
  asTable: (items: readonly Item[]) => string,
): string {
  if (format === 'json') return JSON.stringify(items, null, 2);
  if (format === 'jsonl') return items.map((item) => JSON.stringify(item)).join('\n');
  return asTable(items);
}

/** One item in a format. */
export function renderOne<Item>(format: Format, item: Item, asText: (item: Item) => string): string {
  if (format === 'json') return JSON.stringify(item, null, 2);
  if (format === 'jsonl') return JSON.stringify(item);
  return asText(item);
}

/** An instant, to the millisecond, in the local time zone, with its offset: `2026-11-22 19:00:00.123+09:00`. */
export function instant(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return printable(text);
  const aheadMs = -at.getTimezoneOffset() * 60_000;
  const local = new Date(at.getTime() + aheadMs).toISOString().replace('T', ' ').replace('Z', '');
  const [hours = '', minutes = ''] = new Date(Math.abs(aheadMs)).toISOString().slice(11, 16).split(':');
  return `${local}${aheadMs < 0 ? '-' : '+'}${hours}:${minutes}`;
}

/** How long ago an instant is: `3 s`, `12 min`, `5 h`, `2 d`. */
export function ago(text: string, nowMs: number): string {
  return span(nowMs - Date.parse(text));
}

/** How long something lasts, in one unit; a negative span counts as none. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
