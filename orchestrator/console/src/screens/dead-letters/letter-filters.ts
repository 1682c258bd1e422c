/** The filters of dead letters, as the address of their list has them. Pure. */
import { quoted } from '../../parts/lines.ts';
import { readSearch } from '../../parts/read-search.ts';

const NAMES = ['group', 'state', 'topic', 'reason', 'sagaId'] as const;
type Name = (typeof NAMES)[number];
export type LetterFilters = { readonly [One in Name]?: string };

export type LetterState = 'open' | 'resent' | 'discarded';
export const LETTER_STATES: readonly LetterState[] = ['open', 'resent', 'discarded'];

/** The filters in an address. */
export const readLetterFilters = (search: Readonly<Record<string, unknown>>): LetterFilters =>
  readSearch(NAMES, search);

/** As the API takes them: those that nobody has dealt with, unless a state is named. */
export function letterQuery(filters: LetterFilters): { readonly state: LetterState } & LetterFilters {
  const state = LETTER_STATES.find((one) => one === filters.state) ?? 'open';
  return { ...filters, state };
}

/** Options of the command line that choose the same letters. */
export function letterOptions({ group, topic, reason, sagaId }: LetterFilters): string {
  const options = { group, topic, code: reason, saga: sagaId };
  const given = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quoted(value)}`],
  );
  return given.length === 0 ? '--all' : given.join(' ');
}
