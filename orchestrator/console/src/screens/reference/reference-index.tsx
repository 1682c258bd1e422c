/** The index of the reference, and its search, which is in the address. */
import { Text, TextInput } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTexts } from '../../texts/use-texts.ts';
import { type Entry, found, type Kind } from './documents.ts';
import { EntryLink, Method } from './entry-link.tsx';
import { Words } from './prose.tsx';
import type { Documents } from './use-documents.ts';

const route = getRouteApi('/reference/{-$kind}/{-$name}');
export const KINDS: readonly Kind[] = ['operations', 'messages', 'schemas'];

interface Given {
  readonly documents: Documents;
  readonly kind: Kind;
}

export function ReferenceIndex({ documents, kind }: Given) {
  const { t } = useTexts();
  const navigate = route.useNavigate();
  const { text = '' } = route.useSearch();
  const [typed, setTyped] = useState(text);
  const isSearch = text.trim() !== '';
  const hits = KINDS.map((one) => ({ kind: one, entries: found<Entry>(documents[one], text) }));
  const [first] = hits.flatMap(({ entries }) => entries);
  const openFirst = (event: FormEvent) => {
    event.preventDefault();
    if (isSearch && first !== undefined)
      void navigate({ params: { kind: first.kind, name: first.name }, search: (before) => before });
  };
  return (
    <div className="index">
      <form onSubmit={openFirst}>
        <TextInput
          data-search
          aria-label={t.reference.search}
          placeholder={t.reference.searchAbout}
          value={typed}
          maxLength={100}
          onChange={({ currentTarget: { value } }) => {
            setTyped(value);
            void navigate({
              params: (before) => before,
              search: value === '' ? {} : { text: value },
              replace: true,
            });
          }}
        />
      </form>
      <nav className="tabs" aria-label={t.reference.title}>
        {hits.map(({ kind: one, entries }) => (
          <Link
            key={one}
            to="/reference/{-$kind}/{-$name}"
            params={{ kind: one, name: undefined }}
            search={(before) => before}
            className="nav"
            {...(one === kind && { 'aria-current': 'page' as const })}
          >
            {t.reference.kinds[one]} <span className="dim">{entries.length}</span>
          </Link>
        ))}
      </nav>
      {isSearch && first === undefined && (
        <Text size="sm" c="dimmed" p="xs">
          {t.reference.none}
        </Text>
      )}
      {isSearch
        ? hits.map(({ kind: one, entries }) => (
            <Group key={one} title={t.reference.kinds[one]} entries={entries} />
          ))
        : [...Map.groupBy<string, Entry>(documents[kind], ({ group }) => group)].map(([group, entries]) => (
            <Group key={group} title={group} entries={entries} />
          ))}
    </div>
  );
}

function Group({ title, entries }: { readonly title: string; readonly entries: readonly Entry[] }) {
  if (entries.length === 0) return null;
  return (
    <section>
      <h2 className="index-group">{title}</h2>
      <ul>
        {entries.map((entry) => (
          <li key={`${entry.kind} ${entry.name}`}>
            <EntryLink to={entry} className="index-entry">
              <span className="mono">
                {entry.method !== null && <Method of={entry.method} />} {entry.label}
              </span>
              <span className="line dim">
                <Words of={entry.summary} />
              </span>
            </EntryLink>
          </li>
        ))}
      </ul>
    </section>
  );
}
