/** Draws a trace as a waterfall: a row a span, from left to right in time, a colour a process. */
import { rowsOf, type Span } from './spans.ts';

const ROW = 22;
const NAMES = 430;
const CHART = 760;
const TOP = 76;
const COLOURS = [
  '#4269d0',
  '#efb118',
  '#3ca951',
  '#ff725c',
  '#a463f2',
  '#6cc5b0',
  '#9c6b4e',
  '#97bbf5',
  '#9498a0',
];

/** An SVG of a trace. @param spans at least one */
export function waterfall(spans: readonly Span[]): string {
  const rows = rowsOf(spans);
  const start = Math.min(...rows.map(({ span }) => span.startMs));
  const total = Math.max(1, ...rows.map(({ span }) => span.endMs - start));
  const processes = [...new Set(rows.map(({ span }) => span.process))];
  const colourOf = (process: string) => COLOURS[processes.indexOf(process) % COLOURS.length];
  const x = (ms: number) => NAMES + ((ms - start) / total) * CHART;
  const [width, height] = [NAMES + CHART + 110, TOP + rows.length * ROW + 20];
  const legend = processes.map(
    (process, i) =>
      `<rect x="${10 + i * 140}" y="30" width="10" height="10" fill="${colourOf(process)}"/><text x="${26 + i * 140}" y="39">${escaped(process)}</text>`,
  );
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = NAMES + share * CHART;
    return `<line x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${height - 10}" stroke="#ddd"/><text x="${at}" y="${TOP - 12}" text-anchor="middle" fill="#777">${Math.round(share * total)} ms</text>`;
  });
  const bars = rows.map(({ span, depth }, i) => {
    const y = TOP + i * ROW;
    const { startMs, endMs, name, process, failure } = span;
    const length = Math.max(1.5, x(endMs) - x(startMs));
    const text = `${(endMs - startMs).toFixed(1)} ms${failure === null ? '' : ` · ${failure}`}`;
    const fill = failure === null ? colourOf(process) : '#d62728';
    return `<text x="${10 + depth * 12}" y="${y + 14}">${escaped(name)}</text><rect x="${x(startMs)}" y="${y + 4}" width="${length}" height="${ROW - 8}" rx="2" fill="${fill}"/><text x="${x(startMs) + length + 5}" y="${y + 14}" fill="${failure === null ? '#555' : '#d62728'}">${escaped(text)}</text>`;
  });
  const title = `<text x="10" y="18" font-weight="bold">trace ${escaped(rows[0]?.span.traceId ?? '')}: ${rows.length} spans in ${Math.round(total)} ms</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>${title}${legend.join('')}${lines.join('')}${bars.join('')}</svg>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
