/** Numbers, spans and instants in a sentence. */

/** A span: `1.2 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A count with separators: `2,113`. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** `1 record`, `2,113 records`. */
export function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `once`, `twice`, `3 times`. */
export function times(value: number): string {
  if (value === 1) return 'once';
  return value === 2 ? 'twice' : `${number(value)} times`;
}

/** The time of an instant in UTC: `14:03:20 UTC`, with the day where that is another one. */
export function clock(ms: number, nowMs: number): string {
  const [day = '', time = ''] = new Date(ms).toISOString().slice(0, 19).split('T');
  const isToday = new Date(nowMs).toISOString().startsWith(day);
  return `${isToday ? '' : `${day} `}${time} UTC`;
}

/** A text of somebody else inside a sentence: on one line, within a bound, without a full stop at its end. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const cut = line.length > 160 ? `${line.slice(0, 159)}…` : line;
  return cut.replace(/\.$/, '');
}
