/** The overview: what is active by state and age, how fast it begins and ends, what fails alike, and what needs a person. */
import { Anchor, Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../api/call.ts';
import { useLive } from '../api/live.ts';
import type { ListedSaga, SagaCounts } from '../generated/api.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { Ago, Flags, ShortId, StateName, StatusBadge } from '../parts/values.tsx';
import { useTexts } from '../texts/use-texts.ts';
import { HeatMap } from './heat-map.tsx';
import { LagPanel } from './participants/lag-panel.tsx';
import { ThroughputPanel } from './throughput/throughput-panel.tsx';

const QUEUE_MAX = 6;
/** The counts are summed over all active sagas: not more often than this, however much moves. */
const REFRESH_MS = 4_000;

export function Overview() {
  const { t, format } = useTexts();
  const queries = useQueryClient();
  const counts = useQuery({
    queryKey: ['overview', 'counts'],
    queryFn: () => call('countSagas', { query: { active: 'true' } }),
    refetchInterval: 30_000,
  });
  const recent = useQuery({
    queryKey: ['overview', 'recent'],
    queryFn: () => call('listSagas', { query: { limit: 8 } }),
    refetchInterval: REFRESH_MS,
  });
  useLive('/v1/sagas/events?moves=false&counts=true', () => {
    void queries.invalidateQueries({ queryKey: ['overview'] });
  });
  return (
    <div className="overview">
      <Title order={1} className="hidden">
        {t.overview}
      </Title>
      <Panel
        title={t.overviewScreen.active}
        aside={
          counts.data !== undefined && (
            <Text size="sm" c="dimmed" className="number">
              {t.count.sagas(counts.data.sagas)}
            </Text>
          )
        }
      >
        <Loaded of={counts} lines={5}>
          {(data) => (data.sagas === 0 ? <Empty>{t.overviewScreen.none}</Empty> : <HeatMap counts={data} />)}
        </Loaded>
      </Panel>
      <ThroughputPanel />
      <div className="columns">
        <Stack gap="md">
          <Panel title={t.overviewScreen.errors}>
            <Loaded of={counts}>{(data) => <Errors errors={data.errors} />}</Loaded>
          </Panel>
          <Panel title={t.overviewScreen.recent} aside={<All to={{}} />}>
            <Loaded of={recent}>
              {({ items }) =>
                items.length === 0 ? (
                  <Empty>{t.overviewScreen.recentNone}</Empty>
                ) : (
                  <Queue sagas={items} at="createdAt" />
                )
              }
            </Loaded>
          </Panel>
        </Stack>
        <Stack gap="md">
          <LagPanel />
          <StuckQueue />
          <FailedUndoQueue />
          <Brakes />
        </Stack>
      </div>
      {counts.data?.isPartial && (
        <Text size="xs" c="dimmed">
          {t.overviewScreen.partial} {format.count(counts.data.sagas)}
        </Text>
      )}
    </div>
  );
}

function Errors({ errors }: { readonly errors: SagaCounts['errors'] }) {
  const { t, format } = useTexts();
  if (errors.length === 0) return <Empty>{t.overviewScreen.errorsNone}</Empty>;
  return (
    <ul className="rows">
      {errors.map(({ fingerprint, participant, code, text, sagas, stuck, oldestAt }) => (
        <li key={fingerprint}>
          <Link to="/sagas" search={{ fingerprint, active: 'true' }} className="row">
            <span className="number count">{format.count(sagas)}</span>
            <span className="grow">
              <span className="strong">
                {participant ?? '–'} · <span className="mono">{code}</span>
              </span>
              {text !== null && <span className="line dim">{text}</span>}
            </span>
            {stuck > 0 && (
              <Badge color="red" className="flag">
                {format.count(stuck)} {t.flags.stuck}
              </Badge>
            )}
            <span className="dim nowrap">
              {t.overviewScreen.errorOldest} <Ago at={oldestAt} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function StuckQueue() {
  const { t } = useTexts();
  const stuck = useQuery({
    queryKey: ['overview', 'stuck'],
    queryFn: () =>
      call('listSagas', { query: { stuck: 'true', active: 'true', sort: 'oldest', limit: QUEUE_MAX } }),
  });
  return (
    <Panel
      title={t.overviewScreen.stuck}
      aside={<All to={{ stuck: 'true', active: 'true', sort: 'oldest' }} />}
    >
      <Loaded of={stuck}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t.overviewScreen.stuckNone}</Empty>
          ) : (
            <Queue sagas={items} at="stateSince" />
          )
        }
      </Loaded>
    </Panel>
  );
}

/** A few sagas, each a line. */
function Queue({
  sagas,
  at,
}: {
  readonly sagas: readonly ListedSaga[];
  readonly at: 'createdAt' | 'stateSince';
}) {
  return (
    <ul className="rows">
      {sagas.map((saga) => (
        <li key={saga.sagaId}>
          <Link to="/sagas/$id" params={{ id: saga.sagaId }} className="row">
            <ShortId id={saga.sagaId} />
            <span className="grow clip">
              <StateName state={saga.state} />
              {saga.incident !== undefined && <span className="line dim mono">{saga.incident.code}</span>}
            </span>
            <Flags of={saga} />
            <StatusBadge status={saga.status} />
            <span className="dim nowrap age">
              <Ago at={saga[at]} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function FailedUndoQueue() {
  const { t, format } = useTexts();
  const failures = useQuery({
    queryKey: ['overview', 'failed-compensations'],
    queryFn: () => call('listCompensationFailures', { query: { limit: QUEUE_MAX } }),
  });
  return (
    <Panel title={t.overviewScreen.failedUndos} aside={<All to={{ failedCompensation: 'true' }} />}>
      <Loaded of={failures}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t.overviewScreen.failedUndosNone}</Empty>
          ) : (
            <ul className="rows">
              {items.map(({ sagaId, undos, incident, since }) => (
                <li key={sagaId}>
                  <Link to="/sagas/$id" params={{ id: sagaId }} className="row">
                    <ShortId id={sagaId} />
                    <span className="grow clip">
                      {undos.map(({ type }) => type).join(', ') || incident.code}
                      <span className="line dim">{undos[0]?.text ?? incident.text ?? incident.code}</span>
                    </span>
                    <span className="number nowrap">
                      {undos.flatMap(({ atStake: { money } }) =>
                        money === undefined ? [] : [format.money(money.amount, money.currency)],
                      )}
                    </span>
                    <span className="dim nowrap age">
                      <Ago at={since} />
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Brakes() {
  const { t } = useTexts();
  const brakes = useQuery({
    queryKey: ['overview', 'brakes'],
    queryFn: () => call('listBrakes', { query: { limit: 50 } }),
    refetchInterval: 30_000,
  });
  return (
    <Panel title={t.overviewScreen.brakes}>
      <Loaded of={brakes}>
        {({ items }) => {
          const inForce = items.filter(({ state }) => state !== 'ended');
          if (inForce.length === 0) return <Empty>{t.overviewScreen.brakesNone}</Empty>;
          return (
            <ul className="rows">
              {inForce.map(({ brakeId, holds, reason, setBy, setAt }) => (
                <li key={brakeId}>
                  <Link to="/brakes/$id" params={{ id: brakeId }} className="row">
                    <span className="grow clip">
                      <Group gap={6}>
                        {t.overviewScreen.brakeHolds} <span className="mono">{holds}</span>
                      </Group>
                      <span className="line dim">
                        {reason} · {setBy}
                      </span>
                    </span>
                    <span className="dim nowrap age">
                      <Ago at={setAt} />
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function All({ to }: { readonly to: Readonly<Record<string, string>> }) {
  const { t } = useTexts();
  return (
    <Anchor size="xs" renderRoot={(given) => <Link to="/sagas" search={to} {...given} />}>
      {t.overviewScreen.showAll}
    </Anchor>
  );
}
