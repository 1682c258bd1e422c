/** `saga why ID`: why a saga is where it is, with the evidence, when it will end, and what a person can do. */
import type { Context } from './context.ts';
import { type Format, instant, renderOne, table } from './output.ts';

type Value = string | number | boolean | null;

interface Cause {
  readonly code: string;
  readonly text: string;
  readonly evidence: Readonly<Record<string, Value>>;
  readonly nextSteps: ReadonlyArray<{ readonly text: string; readonly command?: string }>;
}

interface Why {
  readonly text: string;
  readonly cause: Cause;
  readonly besides: readonly Cause[];
  readonly forecast: { readonly from: string; readonly to: string } | { readonly unknown: string } | null;
}

export async function why(context: Context, id: string, options: { output: Format }): Promise<void> {
  const found = await context.api.get<Why>(`/v1/sagas/${encodeURIComponent(id)}/why`);
  context.out(renderOne(options.output, found, asText));
  if (options.output === 'table')
    for (const { text, command } of found.cause.nextSteps)
      context.say(command === undefined ? `Next: ${text}.` : `Next: ${text}: ${command}`);
}

function asText({ text, cause, besides, forecast }: Why): string {
  const evidence = Object.entries(cause.evidence)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => [labelOf(name), valueText(name, value)]);
  const rows = [['cause', cause.code], ...evidence, ...endOf(forecast)];
  const others = besides.length === 0 ? [] : ['', 'Besides:', ...besides.map((one) => `- ${one.text}`)];
  return [text, '', table([], rows), ...others].join('\n');
}

function endOf(forecast: Why['forecast']): string[][] {
  if (forecast === null) return [];
  if ('unknown' in forecast) return [['ends', `unknown: ${forecast.unknown}`]];
  return [['ends', `between ${instant(forecast.from)} and ${instant(forecast.to)}`]];
}

/** `waitedMs` → `waited`, `lastFailure` → `last failure`. */
function labelOf(name: string): string {
  return name
    .replace(/Ms$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}

function valueText(name: string, value: Value): string {
  if (typeof value === 'number' && name.endsWith('Ms')) return `${value.toLocaleString('en-US')} ms`;
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return instant(value);
  return String(value);
}
