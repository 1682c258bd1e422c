/** A panel of rows, page by page. */
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { LoadMore } from './load-more.tsx';
import { Panel } from './panel.tsx';
import { Empty, Loaded } from './states.tsx';

export function PagedRows<Item>({
  title,
  of,
  none,
  row,
  children,
}: {
  readonly title: string;
  readonly of: UseInfiniteQueryResult<InfiniteData<{ readonly items: readonly Item[] }>>;
  /** What stands there where there is no row. */
  readonly none: string;
  readonly row: (item: Item) => ReactNode;
  /** Below the rows. */
  readonly children?: ReactNode;
}) {
  return (
    <Panel title={title}>
      <Loaded of={of}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return items.length === 0 ? <Empty>{none}</Empty> : <ul className="rows">{items.map(row)}</ul>;
        }}
      </Loaded>
      <LoadMore of={of} />
      {children}
    </Panel>
  );
}
