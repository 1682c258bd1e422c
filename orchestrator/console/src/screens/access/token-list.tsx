/** Tokens that were ended before they expire: whose, by whom, and until when the ending counts. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { EndedTokens, EndedTokensPage } from '../../generated/api.ts';
import { PagedRows } from '../../parts/paged-rows.tsx';
import { Day, Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { AccessFrame } from './access-frame.tsx';
import { EndTokens } from './end-tokens.tsx';

const PAGE = 50;
const REFRESH_MS = 10_000;

export function TokenList() {
  const mayEnd = useMay('endTokens');
  return (
    <AccessFrame needs="listEndedTokens">
      <div className="columns">
        <Endings />
        {mayEnd && <EndTokens />}
      </div>
    </AccessFrame>
  );
}

function Endings() {
  const { t } = useTexts();
  const pages = useInfiniteQuery({
    queryKey: ['ended-tokens'],
    queryFn: ({ pageParam }): Promise<EndedTokensPage> =>
      call('listEndedTokens', { query: { limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  return (
    <PagedRows
      title={t.access.newest}
      of={pages}
      none={t.access.tokens.none}
      row={(ending) => <Line key={ending.endingId} of={ending} />}
    >
      <p className="note dim">{t.access.tokens.about}</p>
    </PagedRows>
  );
}

function Line({ of }: { readonly of: EndedTokens }) {
  const { t } = useTexts();
  const { subject, tokenId, endedAt, endedBy, expiresAt } = of;
  return (
    <li className="row">
      <span className="grow">
        <span className="strong wrap">
          <bdi>{subject ?? tokenId}</bdi>
        </span>{' '}
        <span className="dim">{subject === null ? t.access.tokens.one : t.access.tokens.all}</span>
        <span className="line dim wrap">
          {t.access.tokens.endedBy} <bdi>{endedBy}</bdi> · <Time at={endedAt} />
        </span>
        <span className="line dim wrap">
          {t.access.until} <Day at={expiresAt} />
        </span>
      </span>
    </li>
  );
}
