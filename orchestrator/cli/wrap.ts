/** Breaks lines of text at spaces, so that each fits a terminal. */

/**
 * A text's lines, each at most `columns` characters long; what does not fit goes on below, indented as far as `indent`.
 * A word that is longer than a line stays whole.
 * @param columns undefined: the line stays as it is
 */
export function wrap(text: string, columns: number | undefined, indent: number): string {
  if (columns === undefined || text.length <= columns) return text;
  const margin = ' '.repeat(Math.min(indent, Math.max(0, columns - MIN_TEXT)));
  const lead = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = lead;
  let isEmpty = true;
  for (const word of text.slice(lead.length).split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line.trimEnd());
      line = margin + word;
    } else {
      line += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** A terminal narrower than this and the margin gets a smaller margin. */
const MIN_TEXT = 40;
