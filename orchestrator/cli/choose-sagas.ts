/** Chooses the sagas of an act on many: by their ids, by the filters of a list, or by a file of ids. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { choosing, filterOf, filterOfQuery, queryOf } from './filters.ts';
import { viewedFilter } from './saved-views.ts';
import { count } from './verbs/parts.ts';

const SAGA_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** So many ids that came through a pipe are repeated in a command. */
const PIPED_IDS_SHOWN = 50;
const HOW =
  'ids, or the filters of saga list, such as --stuck or --status running, or --ids-from a file (- for standard input)';

/** What chooses them. The filters of a list stand beside these. */
export interface ChosenSagas {
  readonly query?: string;
  readonly view?: string;
  readonly idsFrom?: string;
  readonly limit?: number;
}

/** A set of sagas as the API takes it. */
export type SagaSet =
  | { readonly sagaIds: readonly string[]; readonly limit?: number }
  | { readonly filter: Readonly<Record<string, string | number | boolean>>; readonly limit?: number };

/** Adds the options that choose many sagas: the filters of a list, and files of ids. */
export function severalSagas(command: Command): Command {
  return choosing(command)
    .option('--query <filters>', 'filters as in the address of a list: "stuck=true&sku=blue-mug"')
    .option(
      '--ids-from <file>',
      'sagas by their ids, one a line, or as `list -o jsonl` writes them; - reads them from a pipe',
    )
    .option('--limit <count>', 'only the oldest so many', count);
}

/** Adds the options of a batch's waves. */
export function pacedBatch(command: Command): Command {
  return command
    .optionsGroup('Of a batch:')
    .option('--rps <count>', 'the most sagas a second (default: 20)', count)
    .option('--stop-at <percent>', 'stop where more of a wave fails again (default: 20)', percent)
    .option('--watch-for <seconds>', 'how long to wait for the end of a saga (default: 300)', count);
}

/** Whether options choose sagas, or bound their number, beside ids that are named. */
export function choosesMany(options: ChosenSagas): boolean {
  const { query, view, idsFrom, limit } = options;
  const given = [query, view, idsFrom, limit].some((value) => value !== undefined);
  return given || Object.keys(filterOf({ ...options }, 0)).length > 0;
}

/** @throws CommandFailure `usage` without a set, with more than one, or with a filter that every saga matches */
export async function setOf(
  context: Context,
  ids: readonly string[],
  options: ChosenSagas,
): Promise<SagaSet> {
  const { query, idsFrom, limit } = options;
  const { filter: viewed } = await viewedFilter(context, { ...options });
  const filter = { ...viewed, ...(query !== undefined && filterOfQuery(query)) };
  const isFilled = Object.keys(filter).length > 0;
  const isFiltered = isFilled || query !== undefined || options.view !== undefined;
  const ways = [ids.length > 0, isFiltered, idsFrom !== undefined].filter(Boolean).length;
  if (ways === 0) throw new CommandFailure(EXIT.usage, `Say which sagas: ${HOW}.`);
  if (ways > 1) throw new CommandFailure(EXIT.usage, `Choose the sagas in one way: ${HOW}.`);
  if (isFiltered && !isFilled)
    throw new CommandFailure(
      EXIT.usage,
      'The filter is empty, so that every saga matches: name one, such as --active for all that are under way.',
    );
  const most = limit === undefined ? {} : { limit };
  if (isFiltered) return { filter, ...most };
  return { sagaIds: idsFrom === undefined ? ids.map(checkedId) : idsIn(idsFrom), ...most };
}

/** The arguments that choose the same set again. */
export function argumentsOfSet(set: SagaSet, { idsFrom }: ChosenSagas): string[] {
  const limit = set.limit === undefined ? [] : ['--limit', String(set.limit)];
  if ('filter' in set) return ['--query', queryOf(set.filter), ...limit];
  // A pipe is empty by then.
  const isNamed = idsFrom === undefined || (idsFrom === '-' && set.sagaIds.length <= PIPED_IDS_SHOWN);
  return [...(isNamed ? set.sagaIds : ['--ids-from', idsFrom]), ...limit];
}

function checkedId(id: string): string {
  if (SAGA_ID.test(id)) return id.toLowerCase();
  throw new CommandFailure(EXIT.usage, `"${id}" is no id of a saga.`);
}

/** The ids in a file: one a line, or JSON lines with a `sagaId`, as `saga list -o jsonl` writes them. */
function idsIn(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CommandFailure(
      EXIT.usage,
      `${file} cannot be read: ${error instanceof Error ? error.message : ''}`,
    );
  }
  const ids = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line, nth) => {
      const id = line.startsWith('{') ? sagaIdIn(line) : line.split(/\s/, 1)[0];
      if (id !== undefined && SAGA_ID.test(id)) return id.toLowerCase();
      throw new CommandFailure(
        EXIT.usage,
        `Line ${nth + 1} begins with no id of a saga: ${line.slice(0, 80)}`,
      );
    });
  if (ids.length === 0) throw new CommandFailure(EXIT.usage, `${file} holds no id of a saga.`);
  return ids;
}

function sagaIdIn(line: string): string | undefined {
  try {
    return String((JSON.parse(line) as { sagaId?: unknown }).sagaId);
  } catch {
    return undefined;
  }
}

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError('Give a number from 0 to 100.');
  return value;
}
