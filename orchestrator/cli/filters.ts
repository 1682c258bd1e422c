/** The filters of sagas as options of commands: made of the one schema that the API checks them by. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { optionsOf, SORTS, sagaFilter } from '#orchestrator/sagas/search.ts';
import { CommandFailure, EXIT } from './failure.ts';

const FILTERS = optionsOf(sagaFilter);
type Filter = (typeof FILTERS)[number];

/** Names that differ from the API's. */
const NAMES: Readonly<Record<string, string>> = { customerId: 'customer' };
const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Adds an option for each filter. */
export function filtered(command: Command): Command {
  for (const filter of FILTERS) for (const option of optionsFor(filter)) command.addOption(option);
  return command;
}

/** Adds whatever chooses sagas: an option for each filter, and the saved views. Lists and acts have these from here. */
export function choosing(command: Command): Command {
  return filtered(command.optionsGroup('Which sagas:')).option(
    '--view <name>',
    'those of a saved view; further filters narrow it',
  );
}

/** The order of a list. */
export function sortOption(): Option {
  return new Option('--sort <order>', 'the order (default: newest)').choices(SORTS);
}

/** The filters that were given, as the API takes them. @param nowMs counts instants that are given as a span back from it */
export function filterOf(
  options: Readonly<Record<string, unknown>>,
  nowMs: number,
): Record<string, string | number | boolean> {
  return Object.fromEntries(
    FILTERS.flatMap((filter) => {
      const value = options[attributeOf(filter)] as string | number | boolean | undefined;
      if (value === undefined) return [];
      if (!isInstant(filter) || typeof value !== 'string') return [[filter.name, value]];
      const span = spanOf(value);
      return [[filter.name, span === null ? instantOf(value) : new Date(nowMs - span).toISOString()]];
    }),
  );
}

/**
 * A filter written as the query of a list's address: `stuck=true&sku=blue-mug`. The API names what it does not know.
 * @throws CommandFailure `usage` where a value is of another kind
 */
export function filterOfQuery(query: string): Record<string, string | number | boolean> {
  return Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, text]) => {
      const kind = FILTERS.find((filter) => filter.name === name)?.kind;
      if (kind === 'flag' && /^(true|false)$/.test(text)) return [name, text === 'true'];
      if (kind === 'integer' && /^\d{1,15}$/.test(text)) return [name, Number(text)];
      if (kind === 'flag' || kind === 'integer')
        throw new CommandFailure(EXIT.usage, `--query: "${text}" is no ${kind} for ${name}.`);
      return [name, text];
    }),
  );
}

/** A filter as the query of a list's address. */
export function queryOf(filter: Readonly<Record<string, string | number | boolean>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) query.set(name, String(value));
  return query.toString();
}

/** The options that give a filter again; an unknown name is left to the API. */
export function argumentsOf(filter: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(filter).flatMap(([name, value]) => {
    const known = FILTERS.find((one) => one.name === name);
    if (known === undefined) return [];
    const option = kebab(nameOf(known));
    if (typeof value === 'boolean') return [value ? `--${option}` : `--no-${option}`];
    return [`--${option}`, isSpan(known) ? `${value}ms` : String(value)];
  });
}

function optionsFor(filter: Filter): Option[] {
  const { kind, about, choices } = filter;
  const flag = `--${kebab(nameOf(filter))}`;
  if (kind === 'flag')
    return [new Option(flag, about), new Option(flag.replace('--', '--no-'), 'the opposite')];
  if (isSpan(filter))
    return [new Option(`${flag} <span>`, `${about} Such as 90s, 5m, 2h, 3d.`).argParser(span)];
  if (isInstant(filter))
    return [
      new Option(`${flag} <instant>`, `${about} Such as 2026-11-30T03:00Z, or 2h for so long ago.`).argParser(
        instantOrSpan,
      ),
    ];
  const option = new Option(`${flag} <${kind === 'integer' ? 'number' : 'value'}>`, about);
  if (choices !== undefined) return [option.choices(choices)];
  return [kind === 'integer' ? option.argParser(whole) : option];
}

/** The name without the unit, which the option's value bears. */
function nameOf({ name }: Filter): string {
  return NAMES[name] ?? name.replace(/Ms$/, '');
}

/** As commander names the option's value. */
function attributeOf(filter: Filter): string {
  return nameOf(filter);
}

function isSpan({ name, kind }: Filter): boolean {
  return kind === 'integer' && name.endsWith('Ms');
}

function isInstant({ name }: Filter): boolean {
  return /(After|Before)$/.test(name);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A span in ms; null: it is none. */
function spanOf(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text) ?? [];
  const ms = UNITS_MS[unit];
  return ms === undefined ? null : Math.round(Number(number) * ms);
}

function span(text: string): number {
  const ms = spanOf(text);
  if (ms === null) throw new InvalidArgumentError('Give a span, such as 90s, 5m, 2h or 3d.');
  return ms;
}

function instantOrSpan(text: string): string {
  if (spanOf(text) === null && Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError(
      'Give an instant, such as 2026-11-30T03:00Z, or how long ago, such as 2h.',
    );
  return text;
}

function instantOf(text: string): string {
  return new Date(text).toISOString();
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Give a whole number from 0 up.');
  return value;
}
