/** The filters above the list of sagas; each change is an address. */
import { Button, Chip, Group, NativeSelect, Pill, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTexts } from '../texts/use-texts.ts';
import { FilterText } from './filter-pills.tsx';
import { chosen, type FilterName, type Filters } from './filters.ts';
import { SavedViews } from './saved-views.tsx';

const route = getRouteApi('/sagas');
const STATUSES = ['running', 'compensating', 'completed', 'failed'] as const;
const SORTS = ['newest', 'oldest', 'longestInState'] as const;
const FLAGS = ['stuck', 'stalled', 'paused'] as const;
/** Those with a field of their own. */
const FIELDS: readonly FilterName[] = ['text', 'status', 'state', 'active', ...FLAGS];

export function FilterBar({ filters }: { readonly filters: Filters }) {
  const { t } = useTexts();
  const navigate = route.useNavigate();
  const set = (changed: Filters) => void navigate({ search: (before) => ({ ...before, ...changed }) });
  const without = (name: FilterName) => void navigate({ search: ({ [name]: _, ...rest }) => rest });
  const toggle = (name: FilterName, isOn: boolean) => (isOn ? set({ [name]: 'true' }) : without(name));
  const others = chosen(filters).filter((name) => !FIELDS.includes(name));
  return (
    <Group gap="xs" align="flex-end" className="filters" role="search">
      <TypedFilter
        name="text"
        label={t.list.search}
        placeholder={t.list.searchAbout}
        filters={filters}
        isSearch
      />
      <NativeSelect
        label={t.list.status}
        value={filters.status ?? ''}
        onChange={({ currentTarget: { value } }) =>
          value === '' ? without('status') : set({ status: value })
        }
        data={[
          { value: '', label: t.list.any },
          ...STATUSES.map((value) => ({ value, label: t.status[value] })),
        ]}
      />
      <TypedFilter name="state" label={t.list.state} placeholder={t.list.any} filters={filters} />
      <NativeSelect
        label={t.list.sort}
        value={filters.sort ?? 'newest'}
        onChange={({ currentTarget: { value } }) => set({ sort: value })}
        data={SORTS.map((value) => ({ value, label: t.list.sorts[value] }))}
      />
      <SavedViews filters={filters} />
      <Group gap={4} h={30}>
        <Chip size="xs" checked={filters.active === 'true'} onChange={(isOn) => toggle('active', isOn)}>
          {t.list.active}
        </Chip>
        {FLAGS.map((flag) => (
          <Chip
            key={flag}
            size="xs"
            checked={filters[flag] === 'true'}
            onChange={(isOn) => toggle(flag, isOn)}
          >
            {t.flags[flag]}
          </Chip>
        ))}
      </Group>
      <Group gap={4} mih={30}>
        {others.map((name) => (
          <Pill
            key={name}
            withRemoveButton
            onRemove={() => without(name)}
            removeButtonProps={{ 'aria-label': t.list.remove(name), 'aria-hidden': false, tabIndex: 0 }}
          >
            <FilterText name={name} value={filters[name] ?? ''} />
          </Pill>
        ))}
        {chosen(filters).length > 0 && (
          <Button variant="subtle" size="compact-xs" onClick={() => void navigate({ search: {} })}>
            {t.list.clear}
          </Button>
        )}
      </Group>
    </Group>
  );
}

interface TypedGiven {
  readonly name: 'text' | 'state';
  readonly label: string;
  readonly placeholder: string;
  readonly filters: Filters;
  readonly isSearch?: boolean;
}

/** A filter that counts once it is typed: with Enter, or as the field is left. */
function TypedFilter({ name, label, placeholder, filters, isSearch = false }: TypedGiven) {
  const navigate = route.useNavigate();
  const applied = filters[name] ?? '';
  const [typed, setTyped] = useState(applied);
  useEffect(() => setTyped(applied), [applied]);
  const apply = () => {
    const value = typed.trim();
    if (value !== applied) void navigate({ search: (before) => ({ ...before, [name]: value }) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply();
  };
  return (
    <form onSubmit={submit} className={isSearch ? 'search' : undefined}>
      <TextInput
        label={label}
        placeholder={placeholder}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={apply}
        maxLength={200}
        {...(isSearch && { 'data-search': true, type: 'search' })}
      />
    </form>
  );
}
