/** The targets of a batch with their outcomes. */
import { NativeSelect } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { Batch, BatchItems as Page } from '../../generated/api.ts';
import { LoadMore } from '../../parts/load-more.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Failed, Loading } from '../../parts/states.tsx';
import { Ago, ShortId } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { isOfSagas, Outcome } from './batch-values.tsx';

const PAGE = 100;

export function BatchItems({ batch }: { readonly batch: Batch }) {
  const { t, format } = useTexts();
  const { batchId, kind, progress } = batch;
  const [outcome, setOutcome] = useState('');
  const pages = useInfiniteQuery({
    queryKey: ['batch', batchId, 'items', outcome],
    queryFn: ({ pageParam: cursor }): Promise<Page> =>
      call('listBatchItems', {
        params: { id: batchId },
        query: { limit: PAGE, cursor, ...(outcome !== '' && { outcome }) },
      }),
    initialPageParam: 0,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const names: Readonly<Record<string, string>> = t.batch.outcomes;
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel
      title={t.batch.outcomesTitle}
      aside={
        <NativeSelect
          aria-label={t.batch.outcome}
          value={outcome}
          onChange={({ currentTarget: { value } }) => setOutcome(value)}
          data={[
            { value: '', label: t.list.any },
            ...Object.keys(progress.outcomes).map((value) => ({ value, label: names[value] ?? value })),
          ]}
        />
      }
    >
      {pages.error !== null && <Failed error={pages.error} retry={pages.refetch} />}
      {pages.isPending && pages.error === null && <Loading lines={6} />}
      {pages.data !== undefined && items.length === 0 && <Empty>{t.list.empty}</Empty>}
      <ul className="rows">
        {items.map(({ number, target, state, outcome: end, detail, actedAt }) => (
          <li key={number} className="row">
            <span className="number dim">{format.count(number)}</span>
            {isOfSagas(kind) ? (
              <Link to="/sagas/$id" params={{ id: target }}>
                <ShortId id={target} />
              </Link>
            ) : (
              <span className="mono">{target}</span>
            )}
            {end === null || state !== 'ended' ? (
              <span className="dim">{state === 'watched' ? t.batch.watched : t.batch.waiting}</span>
            ) : (
              <Outcome outcome={end} />
            )}
            <span className="grow line dim">{detail}</span>
            {actedAt !== null && (
              <span className="dim nowrap">
                <Ago at={actedAt} />
              </span>
            )}
          </li>
        ))}
      </ul>
      <LoadMore of={pages} />
    </Panel>
  );
}
