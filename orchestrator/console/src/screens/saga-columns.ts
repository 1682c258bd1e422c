/** Which columns the list of sagas has, beside the saga itself: each person's own choice, kept in the browser. */
import { useState } from 'react';

/** All there are, in their order. */
export const COLUMNS = [
  'status',
  'state',
  'customer',
  'amount',
  'failure',
  'inState',
  'age',
  'definition',
  'created',
  'ended',
] as const;
export type Column = (typeof COLUMNS)[number];

const FIRST: readonly Column[] = ['status', 'state', 'customer', 'amount', 'failure', 'inState', 'age'];
const KEY = 'console.columns';

/** The columns of a stored choice; those of the beginning where there is none, or none that is known. */
export function columnsIn(stored: string | null): readonly Column[] {
  const names = stored?.split(',') ?? [];
  const known = COLUMNS.filter((column) => names.includes(column));
  return known.length === 0 ? FIRST : known;
}

/** The choice with a column more, or without it; the last one stays. */
export function toggled(columns: readonly Column[], column: Column): readonly Column[] {
  const after = COLUMNS.filter((one) => columns.includes(one) !== (one === column));
  return after.length === 0 ? columns : after;
}

export function useColumns(): readonly [readonly Column[], (columns: readonly Column[] | null) => void] {
  const [columns, setColumns] = useState(() => columnsIn(localStorage.getItem(KEY)));
  const choose = (chosen: readonly Column[] | null) => {
    if (chosen === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen.join(','));
    setColumns(chosen ?? FIRST);
  };
  return [columns, choose];
}
