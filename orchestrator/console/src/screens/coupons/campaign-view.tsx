/** One campaign as it issues: what is left, how fast it goes, and when the last coupon went. */
import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type Campaign, getCampaign } from '../../api/coupons.ts';
import { useSettings } from '../../api/settings.ts';
import { Detail } from '../../parts/detail.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { CurveFigure } from '../throughput/curve-figure.tsx';
import { linearScale } from '../throughput/curves.ts';
import { CampaignState, Discount, Hint, Stock } from './campaign-values.tsx';
import { observed, ratesOf, type Seen, soldOutBetween } from './observed.ts';

const route = getRouteApi('/coupons/$id');
/** One row of the database a second, for each page that is open. */
const REFRESH_MS = 1_000;

export function CampaignView() {
  const { t } = useTexts();
  const settings = useSettings();
  const { id } = route.useParams();
  return (
    <Stack gap="md">
      <Link to="/coupons" className="back">
        ← {t.coupons.title}
      </Link>
      {settings?.couponsUrl === null && <Empty>{t.coupons.notNamed}</Empty>}
      {typeof settings?.couponsUrl === 'string' && <Followed key={id} id={id} url={settings.couponsUrl} />}
    </Stack>
  );
}

function Followed({ id, url }: { readonly id: string; readonly url: string }) {
  const { t } = useTexts();
  const campaign = useQuery({
    queryKey: ['campaigns', id],
    queryFn: () => getCampaign(url, id),
    refetchInterval: REFRESH_MS,
    // What an earlier page has read is not of now.
    gcTime: 0,
  });
  const { data, dataUpdatedAt: atMs } = campaign;
  const [seen, setSeen] = useState<readonly Seen[]>([]);
  const left = data?.left;
  useEffect(() => {
    if (left !== undefined) setSeen((before) => observed(before, { atMs, left }));
  }, [atMs, left]);
  return (
    <>
      <Hint error={campaign.error} url={url} />
      <Loaded of={campaign} lines={6}>
        {(shown) => (
          <>
            <Group gap="sm">
              <Title order={1} className="wrap">
                <bdi>{shown.name}</bdi>
              </Title>
              <CampaignState status={shown.status} />
            </Group>
            <Head of={shown} seen={seen} />
            <Panel title={t.coupons.live}>
              <Curves seen={seen} />
            </Panel>
          </>
        )}
      </Loaded>
    </>
  );
}

function Head({ of, seen }: { readonly of: Campaign; readonly seen: readonly Seen[] }) {
  const { t, format } = useTexts();
  const rate = ratesOf(seen).at(-1) ?? null;
  const lasts = rate !== null && rate > 0 && of.left > 0 ? of.left / rate : null;
  return (
    <Panel title={t.coupons.stockTitle}>
      <Text className="left number" data-left={of.left}>
        {t.coupons.left(format.count(of.left))}
      </Text>
      <Stock of={of} />
      <dl className="strip">
        <Detail name={t.coupons.rate}>
          {rate === null ? '–' : format.count(Math.round(rate * 10) / 10)}
        </Detail>
        <Detail name={t.coupons.soldOut}>
          <SoldOut of={of} seen={seen} lastsMs={lasts === null ? null : lasts * 1_000} />
        </Detail>
        <Detail name={t.coupons.discount}>
          <Discount of={of.discount} />
        </Detail>
        {(['startsAt', 'endsAt', 'validUntil', 'closedAt', 'createdAt'] as const).map((name) => {
          const at = of[name];
          return (
            at !== null && (
              <Detail key={name} name={t.coupons[name]}>
                <Time at={at} />
              </Detail>
            )
          );
        })}
      </dl>
    </Panel>
  );
}

/** When the last one went, or will go as fast as they go now. */
function SoldOut({
  of: { left },
  seen,
  lastsMs,
}: {
  readonly of: Campaign;
  readonly seen: readonly Seen[];
  readonly lastsMs: number | null;
}) {
  const { t, format } = useTexts();
  if (left > 0) return <>{lastsMs === null ? t.coupons.notYet : t.coupons.lasts(format.span(lastsMs))}</>;
  const between = soldOutBetween(seen);
  if (between === null) return <>{t.coupons.before}</>;
  const [from, to] = between.map((ms) => format.clock(new Date(ms).toISOString()));
  return <>{t.coupons.between(from ?? '', to ?? '')}</>;
}

function Curves({ seen }: { readonly seen: readonly Seen[] }) {
  const { t, format } = useTexts();
  if (seen.length < 2) return <Empty>{t.coupons.soon}</Empty>;
  const times = seen.map(({ atMs }) => new Date(atMs).toISOString());
  const given = { times, timeName: t.coupons.at, showTime: format.second, scaleOf: linearScale };
  return (
    <div className="columns">
      <CurveFigure
        {...given}
        title={t.coupons.leftTitle}
        show={format.count}
        words={t.coupons.words}
        curves={[{ name: t.coupons.leftName, tone: 'taken', values: seen.map(({ left }) => left) }]}
      />
      <CurveFigure
        {...given}
        title={t.coupons.rate}
        show={(value) => format.count(Math.round(value * 10) / 10)}
        words={t.coupons.words}
        curves={[{ name: t.coupons.rateName, tone: 'added', values: ratesOf(seen) }]}
      />
    </div>
  );
}
