/** Who did what, and why: every act of a person, newest first, in one chain whose hashes are checked on request. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { call } from '../../api/call.ts';
import type { AuditEntry, AuditPage } from '../../generated/api.ts';
import { LoadMore } from '../../parts/load-more.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Failed, Loading } from '../../parts/states.tsx';
import { ShortId, Time } from '../../parts/values.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { AuditFilters } from './audit-filters.ts';
import { ChainState } from './chain-state.tsx';
import { ExportButton } from './export-button.tsx';

const route = getRouteApi('/audit');
const PAGE = 50;
const REFRESH_MS = 10_000;

export function AuditList() {
  const { t } = useTexts();
  const filters = route.useSearch();
  const pages = useInfiniteQuery({
    queryKey: ['audit', filters],
    queryFn: ({ pageParam }): Promise<AuditPage> =>
      call('listAudit', {
        query: { ...filters, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
      }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  const entries = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <ViewTitle title={t.audit.title} about={t.audit.about} />
        <ChainState />
      </Group>
      <Filter key={JSON.stringify(filters)} filters={filters} />
      <Panel
        title={t.audit.newest}
        aside={entries.length > 0 && <ExportButton key={JSON.stringify(filters)} filters={filters} />}
      >
        {pages.error !== null && <Failed error={pages.error} retry={pages.refetch} />}
        {pages.isPending && pages.error === null && <Loading lines={8} />}
        {pages.data !== undefined && entries.length === 0 && <Empty>{t.audit.none}</Empty>}
        <ul className="rows">
          {entries.map((entry) => (
            <Line key={entry.actionId} of={entry} />
          ))}
        </ul>
        <LoadMore of={pages} />
      </Panel>
    </Stack>
  );
}

function Line({ of }: { readonly of: AuditEntry }) {
  const { t, format } = useTexts();
  const { seq, action, actor, role, reason, sagaId, state, detail, createdAt, parameters } = of;
  return (
    <li className="row">
      <span className="number dim">{format.count(seq)}</span>
      <span className="grow">
        <span className="strong mono">{action}</span>{' '}
        {sagaId !== null && (
          <Link to="/sagas/$id" params={{ id: sagaId }}>
            <ShortId id={sagaId} />
          </Link>
        )}{' '}
        <bdi>{actor}</bdi> <span className="dim">({role})</span>
        <span className="line dim">
          <bdi>{reason}</bdi>
        </span>
        {Object.keys(parameters).length > 0 && (
          <span className="line dim mono">{JSON.stringify(parameters)}</span>
        )}
      </span>
      <span className="dim" title={detail ?? undefined}>
        {t.audit.states[state]}
      </span>
      <span className="dim nowrap">
        <Time at={createdAt} />
      </span>
    </li>
  );
}

/** Each counts once it is typed, with Enter. */
function Filter({ filters }: { readonly filters: AuditFilters }) {
  const { t } = useTexts();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(filters);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = Object.entries(typed).filter(([, value]) => value !== '');
    void navigate({ search: Object.fromEntries(given) });
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" align="flex-end">
        {(['actor', 'action', 'sagaId'] as const).map((name) => (
          <TextInput
            key={name}
            label={t.audit.filters[name]}
            placeholder={t.list.any}
            value={typed[name] ?? ''}
            maxLength={200}
            onChange={({ currentTarget: { value } }) => setTyped((before) => ({ ...before, [name]: value }))}
          />
        ))}
        {(['createdAfter', 'createdBefore'] as const).map((name) => (
          <TextInput
            key={name}
            type="datetime-local"
            step={1}
            label={t.audit.filters[name]}
            value={localOf(typed[name])}
            onChange={({ currentTarget: { value } }) =>
              setTyped((before) => ({ ...before, [name]: instantOf(value) }))
            }
          />
        ))}
        <Button type="submit" variant="default">
          {t.audit.filter}
        </Button>
      </Group>
    </form>
  );
}

/** An instant as a field of the reader's own zone has it. */
function localOf(instant: string | undefined): string {
  const ms = Date.parse(instant ?? '');
  if (Number.isNaN(ms)) return '';
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function instantOf(local: string): string {
  return local === '' ? '' : new Date(local).toISOString();
}
