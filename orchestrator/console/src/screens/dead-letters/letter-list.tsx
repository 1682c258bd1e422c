/** Messages that could not be handled: by what failed, and one by one. */
import { Badge, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { DeadLetterGroups, DeadLetterPage, ListedDeadLetter } from '../../generated/api.ts';
import { LoadMore } from '../../parts/load-more.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Failed, Loaded, Loading } from '../../parts/states.tsx';
import { Ago, ShortId } from '../../parts/values.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { ActOnLetters } from './act-on-letters.tsx';
import { LETTER_STATES, letterQuery } from './letter-filters.ts';

const route = getRouteApi('/dead-letters');
const PAGE = 50;
const REFRESH_MS = 10_000;

export function LetterList() {
  const { t } = useTexts();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMay('actOnDeadLetters');
  const { state } = letterQuery(filters);
  const groups = useQuery({
    queryKey: ['dead-letters', 'groups', state],
    queryFn: () => call('groupDeadLetters', { query: { state } }),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <ViewTitle title={t.letters.title} about={t.letters.about} />
        <NativeSelect
          label={t.batch.state}
          value={state}
          onChange={({ currentTarget: { value } }) =>
            void navigate({ search: (before) => ({ ...before, state: value }) })
          }
          data={LETTER_STATES.map((value) => ({ value, label: t.letters.states[value] }))}
        />
      </Group>
      <div className="columns">
        <Stack gap="md">
          <Panel title={t.letters.groups}>
            <Loaded of={groups}>{(data) => <Groups of={data} current={filters.group} />}</Loaded>
          </Panel>
          {mayAct && state === 'open' && <ActOnLetters filters={filters} />}
        </Stack>
        <Letters />
      </div>
    </Stack>
  );
}

function Groups({
  of: { items, isComplete },
  current,
}: {
  readonly of: DeadLetterGroups;
  readonly current: string | undefined;
}) {
  const { t, format } = useTexts();
  if (items.length === 0) return <Empty>{t.letters.none}</Empty>;
  return (
    <>
      <ul className="rows">
        {items.map(({ groupId, groupText, originTopic, parkedBy, reason, letters, newestAt }) => (
          <li key={groupId}>
            <Link
              to="/dead-letters"
              search={({ group: _, ...others }) =>
                groupId === current ? others : { ...others, group: groupId }
              }
              className="row"
              aria-current={groupId === current || undefined}
            >
              <span className="number count">{format.count(letters)}</span>
              <span className="grow">
                <span className="strong">
                  {parkedBy} · <span className="mono">{reason}</span>
                </span>
                <span className="line dim">
                  {originTopic}: {groupText}
                </span>
              </span>
              <span className="dim nowrap">
                <Ago at={newestAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {!isComplete && (
        <Text size="xs" c="dimmed">
          {t.letters.partial}
        </Text>
      )}
    </>
  );
}

function Letters() {
  const { t } = useTexts();
  const filters = route.useSearch();
  const query = letterQuery(filters);
  const pages = useInfiniteQuery({
    queryKey: ['dead-letters', 'list', query],
    queryFn: ({ pageParam }): Promise<DeadLetterPage> =>
      call('listDeadLetters', {
        query: { ...query, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
      }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  const letters = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title={t.letters.newest}>
      {pages.error !== null && <Failed error={pages.error} retry={pages.refetch} />}
      {pages.isPending && pages.error === null && <Loading lines={6} />}
      {pages.data !== undefined && letters.length === 0 && <Empty>{t.letters.none}</Empty>}
      <ul className="rows">
        {letters.map((letter) => (
          <Line key={`${letter.partition}/${letter.offset}`} of={letter} />
        ))}
      </ul>
      <LoadMore of={pages} />
    </Panel>
  );
}

function Line({ of }: { readonly of: ListedDeadLetter }) {
  const { t } = useTexts();
  const { partition, offset, reason, text, originTopic, parkedAt, sagaId, editedAt } = of;
  const params = { partition: String(partition), offset: String(offset) };
  return (
    <li>
      <Link to="/dead-letters/$partition/$offset" params={params} className="row">
        <span className="mono dim">
          {partition}/{offset}
        </span>
        <span className="grow">
          <span className="strong mono">{reason}</span> <span className="dim">{originTopic}</span>
          <span className="line dim">{text}</span>
        </span>
        {editedAt !== null && <Badge className="flag">{t.letters.edited}</Badge>}
        {sagaId !== null && <ShortId id={sagaId} />}
        <span className="dim nowrap">
          <Ago at={parkedAt} />
        </span>
      </Link>
    </li>
  );
}
