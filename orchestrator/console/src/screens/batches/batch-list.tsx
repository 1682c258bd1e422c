/** All batches, newest first. */
import { Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import type { BatchPage } from '../../generated/api.ts';
import { LoadMore } from '../../parts/load-more.tsx';
import { Empty, Failed, Loading } from '../../parts/states.tsx';
import { Ago } from '../../parts/values.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { BatchKind, BatchState } from './batch-values.tsx';

const PAGE = 50;
const REFRESH_MS = 5_000;

export function BatchList() {
  const { t, format } = useTexts();
  const pages = useInfiniteQuery({
    queryKey: ['batches'],
    queryFn: ({ pageParam }): Promise<BatchPage> =>
      call('listBatches', { query: { limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  const batches = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack gap="sm">
      <ViewTitle title={t.batch.title} about={t.batch.about} />
      {pages.error !== null && <Failed error={pages.error} retry={pages.refetch} />}
      {pages.isPending && pages.error === null && <Loading lines={6} />}
      {pages.data !== undefined && batches.length === 0 && <Empty>{t.batch.none}</Empty>}
      {batches.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by the keyboard
        <section className="scroll" tabIndex={0} aria-label={t.batch.title}>
          <table className="grid">
            <thead>
              <tr>
                <th scope="col" className="failure">
                  {t.batch.what}
                </th>
                <th scope="col" className="status">
                  {t.batch.state}
                </th>
                <th scope="col" className="number amount">
                  {t.batch.total}
                </th>
                <th scope="col" className="customer">
                  {t.batch.actor}
                </th>
                <th scope="col">{t.act.reason}</th>
                <th scope="col" className="number span">
                  {t.list.age}
                </th>
              </tr>
            </thead>
            <tbody>
              {batches.map(({ batchId, kind, state, total, actor, reason, createdAt }) => (
                <tr key={batchId}>
                  <td className="clip">
                    <Link to="/batches/$id" params={{ id: batchId }} className="stretch">
                      <BatchKind kind={kind} />
                    </Link>
                  </td>
                  <td>
                    <BatchState state={state} />
                  </td>
                  <td className="number">{format.count(total)}</td>
                  <td className="clip" title={actor}>
                    <bdi>{actor}</bdi>
                  </td>
                  <td className="clip" title={reason}>
                    <bdi>{reason}</bdi>
                  </td>
                  <td className="number">
                    <Ago at={createdAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <LoadMore of={pages} />
    </Stack>
  );
}
