/** Campaigns of first-come coupons, newest first, each with what is left of it now. */
import { Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Campaign, listCampaigns } from '../../api/coupons.ts';
import { useSettings } from '../../api/settings.ts';
import { PagedRows } from '../../parts/paged-rows.tsx';
import { Empty } from '../../parts/states.tsx';
import { Ago } from '../../parts/values.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { CampaignState, Discount, Hint, Stock } from './campaign-values.tsx';

const PAGE = 25;
const REFRESH_MS = 3_000;

export function CampaignList() {
  const { t } = useTexts();
  const settings = useSettings();
  return (
    <Stack gap="md">
      <ViewTitle title={t.coupons.title} about={t.coupons.about} />
      {settings?.couponsUrl === null && <Empty>{t.coupons.notNamed}</Empty>}
      {typeof settings?.couponsUrl === 'string' && <Campaigns url={settings.couponsUrl} />}
    </Stack>
  );
}

function Campaigns({ url }: { readonly url: string }) {
  const { t } = useTexts();
  const campaigns = useInfiniteQuery({
    queryKey: ['campaigns'],
    queryFn: ({ pageParam }) => listCampaigns(url, PAGE, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  return (
    <>
      <Hint error={campaigns.error} url={url} />
      <PagedRows
        title={t.coupons.newest}
        of={campaigns}
        none={t.coupons.none}
        row={(campaign) => <Line key={campaign.id} of={campaign} />}
      />
    </>
  );
}

function Line({ of }: { readonly of: Campaign }) {
  return (
    <li>
      <Link to="/coupons/$id" params={{ id: of.id }} className="row">
        <CampaignState status={of.status} />
        <span className="grow">
          <span className="strong">
            <bdi>{of.name}</bdi>
          </span>{' '}
          <span className="dim">
            <Discount of={of.discount} />
          </span>
          <Stock of={of} />
        </span>
        <span className="dim nowrap age">
          <Ago at={of.createdAt} />
        </span>
      </Link>
    </li>
  );
}
