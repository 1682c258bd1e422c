/** Filters as a person reads them. */
import { Pill } from '@mantine/core';
import { useTexts } from '../texts/use-texts.ts';
import { chosen, type FilterName, type Filters } from './filters.ts';

/** All that are chosen. */
export function FilterPills({ filters }: { readonly filters: Filters }) {
  return chosen(filters).map((name) => (
    <Pill key={name}>
      <FilterText name={name} value={filters[name] ?? ''} />
    </Pill>
  ));
}

/** What a filter says. */
export function FilterText({ name, value }: { readonly name: FilterName; readonly value: string }) {
  const { t, format } = useTexts();
  if (name === 'minAgeMs') return t.list.minAgeMs(format.span(Number(value)));
  if (name === 'maxAgeMs') return t.list.maxAgeMs(format.span(Number(value)));
  if (name === 'fingerprint') return `${t.list.fingerprint} ${value.slice(0, 8)}`;
  if (name === 'failureParticipant') return t.list.failureParticipant(value);
  if (name === 'failureCode') return t.list.failureCode(value);
  if (name === 'failedCompensation') return t.list.failedCompensation;
  return `${name}: ${value}`;
}
