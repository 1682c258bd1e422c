/** Customers whose data is erased: the audit has each request, and each request says how far it is. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { AuditEntry, AuditPage } from '../../generated/api.ts';
import { PagedRows } from '../../parts/paged-rows.tsx';
import { Failed, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { AccessFrame } from './access-frame.tsx';
import { AccessState } from './access-state.tsx';
import { RequestErasure } from './request-erasure.tsx';

const PAGE = 20;
const REFRESH_MS = 10_000;
/** Of one that waits. */
const PROGRESS_MS = 5_000;

export function ErasureList() {
  const mayRequest = useMay('requestErasure');
  return (
    <AccessFrame needs="getErasure">
      <div className="columns">
        <Erasures />
        {mayRequest && <RequestErasure />}
      </div>
    </AccessFrame>
  );
}

function Erasures() {
  const { t } = useTexts();
  const pages = useInfiniteQuery({
    queryKey: ['erasures'],
    queryFn: ({ pageParam }): Promise<AuditPage> =>
      call('listAudit', {
        query: { action: 'request-erasure', limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
      }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  return (
    <PagedRows
      title={t.access.newest}
      of={pages}
      none={t.access.erasures.none}
      row={(request) => <Line key={request.actionId} of={request} />}
    />
  );
}

function Line({ of: { actor, reason, createdAt, parameters } }: { readonly of: AuditEntry }) {
  const { t } = useTexts();
  const id = String(parameters['erasureId']);
  const erasure = useQuery({
    queryKey: ['erasures', id],
    queryFn: () => call('getErasure', { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.state === 'done' ? false : PROGRESS_MS),
  });
  const { data, error } = erasure;
  return (
    <li className="row">
      {data !== undefined && <AccessState state={data.state} />}
      <span className="grow">
        {data === undefined && error === null && <Loading lines={1} />}
        {error !== null && <Failed error={error} retry={erasure.refetch} />}
        {data !== undefined && (
          <>
            <span className="wrap">
              <span className="dim">{t.access.erasures.standsIn}</span>{' '}
              <span className="mono">{data.subject}</span>
            </span>
            {data.detail !== undefined && <span className="line wrap">{data.detail}</span>}
          </>
        )}
        <span className="line dim wrap">
          {t.access.erasures.requestedBy} <bdi>{actor}</bdi>: <bdi>{reason}</bdi> · <Time at={createdAt} />
        </span>
      </span>
    </li>
  );
}
