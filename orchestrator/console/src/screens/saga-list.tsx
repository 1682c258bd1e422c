/** The list of sagas: filtered by its address, as long as the reader scrolls, and steered by keys. */
import { Anchor, Button, Group, Pill, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { call } from '../api/call.ts';
import { useLive } from '../api/live.ts';
import { useMay } from '../api/use-caller.ts';
import type { ListedSaga, SagaPage } from '../generated/api.ts';
import { Empty, Failed, Loading } from '../parts/states.tsx';
import { useCopy } from '../parts/use-copy.ts';
import { useKeys } from '../parts/use-keys.ts';
import { useTexts } from '../texts/use-texts.ts';
import { ChooseColumns } from './choose-columns.tsx';
import { FilterBar } from './filter-bar.tsx';
import { chosen, type Filters, queryOf } from './filters.ts';
import { type Column, useColumns } from './saga-columns.ts';
import { SagaColumns, SagaRow } from './saga-row.tsx';

const route = getRouteApi('/sagas');
const PAGE = 100;
const ROW_PX = 36;
/** Rows from the end at which the next page is read. */
const AHEAD = 30;

export function SagaList() {
  const { t } = useTexts();
  const filters = route.useSearch();
  const mayAct = useMay('actOnSagas');
  const [columns, choose] = useColumns();
  const pages = useInfiniteQuery({
    queryKey: ['sagas', filters],
    queryFn: ({ pageParam }): Promise<SagaPage> =>
      call('listSagas', {
        query: { ...queryOf(filters), limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchOnWindowFocus: false,
  });
  const [changes, setChanges] = useState(0);
  const refresh = () => {
    setChanges(0);
    return pages.refetch();
  };
  useEffect(() => setChanges(0), [filters]);
  useLive(eventsOf(filters), ({ event }) => {
    if (event === 'move' || event === 'reset') setChanges((before) => before + 1);
  });
  const sagas = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <div className="list">
      <Title order={1} className="hidden">
        {t.sagas}
      </Title>
      <FilterBar filters={filters} />
      <Group gap="sm" className="list-state">
        <Text size="xs" c="dimmed" className="number">
          {pages.data !== undefined && t.list.loaded(sagas.length, pages.hasNextPage)}
        </Text>
        {changes > 0 && (
          <Anchor component="button" type="button" size="xs" onClick={() => void refresh()}>
            {t.list.changed(changes)}
          </Anchor>
        )}
        {mayAct && chosen(filters).length > 0 && sagas.length > 0 && (
          <Anchor size="xs" renderRoot={(given) => <Link to="/batches/new" search={filters} {...given} />}>
            {t.batch.actOnAll}
          </Anchor>
        )}
        <span className="end">
          <ChooseColumns columns={columns} choose={choose} />
        </span>
      </Group>
      {pages.error !== null && <Failed error={pages.error} retry={pages.refetch} />}
      {pages.isPending && pages.error === null && <Loading lines={12} />}
      {pages.data !== undefined && sagas.length === 0 && !pages.hasNextPage && (
        <Empty>
          {t.list.empty} {t.list.emptyAbout}
        </Empty>
      )}
      {pages.data !== undefined && (sagas.length > 0 || pages.hasNextPage) && (
        <Rows
          sagas={sagas}
          columns={columns}
          hasMore={pages.hasNextPage}
          isReading={pages.isFetchingNextPage}
          readMore={() => void pages.fetchNextPage()}
          refresh={() => void refresh()}
        />
      )}
    </div>
  );
}

interface RowsGiven {
  readonly sagas: readonly ListedSaga[];
  readonly columns: readonly Column[];
  readonly hasMore: boolean;
  readonly isReading: boolean;
  readonly readMore: () => void;
  readonly refresh: () => void;
}

function Rows({ sagas, columns, hasMore, isReading, readMore, refresh }: RowsGiven) {
  const { t } = useTexts();
  const navigate = route.useNavigate();
  const mayAct = useMay('actOnSagas');
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(-1);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { copy, isCopied } = useCopy();
  const rows = useVirtualizer({
    count: sagas.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isReading && last >= sagas.length - AHEAD) readMore();
  }, [hasMore, isReading, last, sagas.length, readMore]);
  const move = (by: number) => {
    const to = Math.max(0, Math.min(sagas.length - 1, current + by));
    setCurrent(to);
    rows.scrollToIndex(to);
  };
  const toggle = (id: string) =>
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const here = sagas[current]?.sagaId;
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    r: refresh,
    Enter: () => here !== undefined && navigate({ to: '/sagas/$id', params: { id: here } }),
    x: () => here !== undefined && toggle(here),
  });
  const areAllSelected = sagas.length > 0 && sagas.every(({ sagaId }) => selected.has(sagaId));
  return (
    <>
      {selected.size > 0 && (
        <Group gap="xs" mb="xs">
          <Pill>{t.list.selected(selected.size)}</Pill>
          <Button variant="default" size="compact-xs" onClick={() => copy([...selected].join('\n'))}>
            {isCopied ? t.act.copied : t.list.copyIds}
          </Button>
          {mayAct && (
            <Button
              size="compact-xs"
              onClick={() => void navigate({ to: '/batches/new', state: { sagaIds: [...selected] } })}
            >
              {t.batch.actOnSelected}
            </Button>
          )}
        </Group>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by the keyboard */}
      <section ref={scroller} className="scroller" tabIndex={0} aria-label={t.sagas}>
        <table className="grid" aria-rowcount={hasMore ? -1 : sagas.length + 1}>
          <SagaColumns
            columns={columns}
            isAll={areAllSelected}
            isSome={selected.size > 0}
            toggleAll={() =>
              setSelected(areAllSelected ? new Set() : new Set(sagas.map(({ sagaId }) => sagaId)))
            }
          />
          <tbody>
            <Gap height={shown[0]?.start ?? 0} />
            {shown.map(({ index }) => {
              const saga = sagas[index] as ListedSaga;
              return (
                <SagaRow
                  key={saga.sagaId}
                  saga={saga}
                  columns={columns}
                  index={index}
                  isCurrent={index === current}
                  isSelected={selected.has(saga.sagaId)}
                  toggle={() => toggle(saga.sagaId)}
                />
              );
            })}
            <Gap height={rows.getTotalSize() - (shown.at(-1)?.end ?? 0)} />
          </tbody>
        </table>
        {isReading && <Loading lines={2} />}
      </section>
    </>
  );
}

/** In the place of rows that are not on the screen. */
function Gap({ height }: { readonly height: number }) {
  return height <= 0 ? null : <tr aria-hidden style={{ height }} />;
}

/** The moves of these filters, as far as the stream knows them. */
function eventsOf({ status, state, stuck, customerId }: Filters): string {
  const known = { status, state, stuck, customerId };
  const given = Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/v1/sagas/events${given.length === 0 ? '' : `?${new URLSearchParams(given)}`}`;
}
